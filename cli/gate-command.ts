import type { Gate, GateOptions, Notice } from '@assay/gate/gate'
import { type Command, Option } from 'commander'
import { collect, port } from './arguments.js'
import { asking, examples } from './asking.js'
import { discover, type ServerOptions } from './discover.js'
import { CommandError, exit } from './failure.js'
import { type DoorAt, doorAt, duration, hostAndPort, portAt, prefix, upstream } from './gate-door.js'
import { paint, plain, print, printJson } from './style.js'

interface Options extends ServerOptions {
  app: string[]
  test?: string
  host: string
  socket: DoorAt[]
  http?: number
  expose?: boolean
  proxy: DoorAt[]
  upstream?: Record<string, string>
  upstreamTimeout: number
  override?: string
  trustUser?: boolean
  trustForwarded?: boolean
  mirror?: string
  mirrorAll?: boolean
  agent: DoorAt[]
  agentControl: DoorAt[]
  stale: number
  maintenance?: string
  statsd?: { host: string; port: number }
  prefix: string
  json: boolean
}

const HELP = `
What is unknown, stale, unreachable or malformed goes to the control. The key is
a write key. A door of one app among several, or of another test, says so:
--socket APP=PATH, --agent APP/TEST=PORT. docs/gate.md has the proxies' side.
${examples(
  'assay gate --app shop --socket /run/assay/shop.sock',
  'assay gate --url http://assay:4600 --key WRITE_KEY --app shop --http 4610',
  'assay gate --app shop --proxy 80 --upstream control=http://localhost:8001',
  'assay gate --app shop --app blog --http 4610 --agent shop/checkout=4611',
)}`

/** `assay gate`: tells the proxy beside it where requests go. */
export function gateCommand(program: Command, signalled: () => Promise<number>): void {
  asking(program, 'gate')
    .description('tell a proxy on this machine where each request goes, or be it')
    .requiredOption('--app <app>', 'app to know the tests of; may be repeated', collect)
    .option('--test <test>', 'test to go by (default: the app’s current one)')
    .option('--socket <path>', 'unix socket of maxwells-daemon’s protocol', doorAt, [])
    .addOption(new Option('--http <port>', 'port for nginx, Envoy and others; 0 takes any').argParser(port))
    .option('--expose', 'the HTTP door reports who counts in a test')
    .option('--proxy <port>', 'port of the proxy; 0 takes any', portAt, [])
    .option('--upstream <branch=url>', 'app behind the proxy; control serves what has none', upstream)
    .option('--upstream-timeout <time>', 'until a response must have begun', duration, 60_000)
    .option('--override <secret>', 'lets testers choose: X-Assay-Override: BRANCH:SECRET')
    .option('--trust-user', 'X-Assay-User comes from a proxy in front')
    .option('--trust-forwarded', 'X-Forwarded-For, -Proto and -Host do')
    .option('--mirror <url>', 'where copies of safe requests go')
    .option('--mirror-all', 'copies of all requests')
    .option('--agent <port>', 'port for HAProxy’s agent check of the canary', portAt, [])
    .option('--agent-control <port>', 'the same of the control: the rest to 100 %', portAt, [])
    .option('--host <host>', 'address of the ports', '127.0.0.1')
    .option('--stale <time>', 'without the server for so long, all is control', duration, 8000)
    .option('--maintenance <file>', 'while this file is there, all is control')
    .option('--statsd <host:port>', 'where metrics go, by UDP', hostAndPort)
    .option('--prefix <name>', 'what their names begin with', prefix, 'maxwellsdaemon')
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      const signal = signalled()
      const { startGate } = await import('@assay/gate/gate')
      const gate = await startGate(gateOptions(options))
      const { sockets, http = null, proxy = null, agents } = gate
      if (options.json) printJson({ sockets, http, proxy, agents })
      else print(screen(gate))
      await signal
      await gate.close()
    })
}

function gateOptions(options: Options): GateOptions {
  const { app: apps, test, statsd, prefix, http, expose, host, stale, maintenance, json } = options
  const sockets = options.socket.map((door) => ({ ...targetOf(door, options), path: door.at }))
  const agents = [
    ...options.agent.map((door) => ({ ...targetOf(door, options), port: Number(door.at) })),
    ...options.agentControl.map((door) => ({ ...targetOf(door, options), port: Number(door.at), isControl: true })),
  ]
  const proxy = proxyOf(options)
  if (sockets.length + agents.length === 0 && http === undefined && proxy === undefined)
    throw new CommandError(
      'Expected at least one of --socket, --http, --proxy and --agent; none came.',
      'See --help.',
      exit.usage,
    )
  return {
    ...discover(options, 'write'),
    ...{ apps: [...new Set(apps)], test, host, sockets, agents, http, expose, proxy, stale, maintenance },
    statsd: statsd && { ...statsd, prefix },
    onNotice: (notice) => tellOf(notice, json),
  }
}

function proxyOf(options: Options): GateOptions['proxy'] {
  const { override, trustUser, trustForwarded, mirror, mirrorAll } = options
  const [door, another] = options.proxy
  if (door === undefined) return
  if (another !== undefined || options.upstream === undefined)
    throw new CommandError(
      `Expected one --proxy with its --upstream; got ${another === undefined ? 'no --upstream' : 'another --proxy'}.`,
      'See --help.',
      exit.usage,
    )
  return {
    ...{ ...targetOf(door, options), port: Number(door.at) },
    ...{ upstreams: options.upstream, timeout: options.upstreamTimeout },
    ...{ override, trustUser, trustForwarded, mirror, mirrorAll },
  }
}

function targetOf({ app, test, at }: DoorAt, options: Options): { app: string; test: string | undefined } {
  if (app === undefined ? options.app.length === 1 : options.app.includes(app))
    return { app: app ?? options.app[0]!, test: test ?? options.test }
  throw new CommandError(
    `Expected a door of one of ${options.app.join(', ')}; got ${app === undefined ? at : `${app}=${at}`}.`,
    'Say APP=WHERE, with an app of --app.',
    exit.usage,
  )
}

/** Said on stderr, where it does not get between what is read by machines. */
function tellOf(notice: Notice, json: boolean): void {
  if (json) return void process.stderr.write(`${JSON.stringify(notice)}\n`)
  const { app, isFresh, reason } = notice
  const state = isFresh ? paint('green', 'known', process.stderr) : paint('red', 'control only', process.stderr)
  process.stderr.write(`${state}  ${plain(`${app}${reason === '' ? '' : `: ${reason}`}`)}\n`)
}

function screen({ sockets, http, proxy, agents }: Gate): string {
  return [
    'assay gate is up',
    ...sockets.map((path) => `  socket  ${path}`),
    ...(http === undefined ? [] : [`  http    ${http}/v1/gate/APP`]),
    ...(proxy === undefined ? [] : [`  proxy   ${proxy}`]),
    ...agents.map(({ host, port }) => `  agent   ${host}:${port}`),
  ].join('\n')
}
