import { readFileSync } from 'node:fs'
import { readConfig } from '@assay/core/config/config'
import { Command, Option } from 'commander'
import { instant, port, whole } from './arguments.js'
import { asking as askingOf } from './asking.js'
import { backupScreen, restoreScreen } from './backup/screen.js'
import { canaryCommands } from './canary/commands.js'
import { discover, type ServerOptions } from './discover.js'
import { CommandError, exit, report } from './failure.js'
import { gateCommand } from './gate-command.js'
import { importCommand } from './import/command.js'
import { keysCommands } from './keys/commands.js'
import { metricCommands } from './metric-commands.js'
import { replayHelp, replayScreen, replayToScreen } from './replay-screen.js'
import { reportCommand } from './report/command.js'
import { resultsCommands } from './results-commands.js'
import type { Served } from './serve.js'
import { type Stage, stages } from './stages.js'
import { print, printJson } from './style.js'
import { testCommands } from './test-commands.js'
import { upScreen } from './up-screen.js'

const config = () => readConfig(process.env)

const program = new Command('assay')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? exit.ok : exit.usage))
  .description('Is the change better, worse or broken? Events in, verdicts out.')
  .version(version())
  .showHelpAfterError('(add --help for examples)')
  .configureHelp({ subcommandTerm: termOf })
  .addHelpText(
    'after',
    `
Start here:
  $ assay demo                     see a test run from click to verdict
  $ assay up                       run it for real, on this machine

Exit codes: ${exit.ok} done, ${exit.failed} failed, ${exit.usage} wrong usage, ${exit.unreachable} no server.
Without --url and --key, ASSAY_URL and ASSAY_KEY count, then the local data
directory. Where ingest is apart: ASSAY_INGEST_URL, and ASSAY_WRITE_KEY,
ASSAY_READ_KEY, ASSAY_ADMIN_KEY for what needs each.`,
  )

/** What a command takes: its options would leave too little of the line. */
function termOf(command: Command): string {
  return [command.name(), ...command.registeredArguments.map((argument) => `<${argument.name()}>`)].join(' ')
}

const asking = (name: string) => askingOf(program, name)

function serving(name: string): Command {
  return program
    .command(name)
    .addOption(new Option('--port <port>', 'port to listen on; 0 takes any').argParser(port))
    .option('--host <host>', 'address to listen on')
}

/** A command that runs stages until it is told to stop. */
function running(name: string, own: readonly Stage[], screen: (served: Served) => string): Command {
  return serving(name)
    .option('--data <dir>', 'data directory')
    .action(async (options) => {
      const env = config()
      const signal = signalled()
      const { serve } = await import('./serve.js')
      const served = await serve({
        stages: own,
        data: options.data ?? env.ASSAY_DATA,
        host: options.host ?? env.ASSAY_HOST,
        port: options.port ?? env.ASSAY_PORT,
        config: env,
      })
      print(screen(served))
      await signal
      await served.close()
    })
}

running('up', stages, upScreen)
  .description('run every stage in this process')
  .addHelpText('after', '\nExamples:\n  $ assay up\n  $ assay up --data /var/lib/assay --port 8080')

const alone: [Stage, string][] = [
  ['ingest', 'take events into Kafka'],
  ['aggregator', 'carry events from Kafka into ClickHouse'],
  ['query-api', 'answer queries from ClickHouse'],
  ['controller', 'move the weights of canaries by what Kafka says of them'],
]
for (const [stage, does] of alone)
  running(stage, [stage], ({ url }) => `assay ${stage} is up at ${url}`)
    .description(`${does}, in a process of its own`)
    .addHelpText(
      'after',
      `\nAny number may run. Needs KAFKA_BROKERS, CLICKHOUSE_URL and ASSAY_KEYS (docs/configuration.md).
\nExample:\n  $ KAFKA_BROKERS=kafka:9092 CLICKHOUSE_URL=http://clickhouse:8123 \\\n    ASSAY_KEYS=/etc/assay/keys.json assay ${stage}`,
    )

gateCommand(program, signalled)

serving('demo')
  .description('play a test through a server of its own and show the verdict')
  .addOption(new Option('--users <n>', 'shoppers to play').argParser(whole).default(20_000))
  .addOption(new Option('--seed <n>', 'which shoppers').argParser(whole).default(7))
  .option('--once', 'end after the verdict', false)
  .option('--json', 'print the results as JSON, then end', false)
  .addHelpText('after', '\nExamples:\n  $ assay demo\n  $ assay demo --users 100000 --once')
  .action(async ({ users, seed, once, json, port, host }) => {
    const env = config()
    const signal = signalled()
    const { startDemo, demoScreen } = await import('./demo.js')
    const demo = await startDemo({ users, seed, json, port: port ?? 0, host: host ?? env.ASSAY_HOST, config: env })
    try {
      const results = await Promise.race([demo.play(), signal])
      if (typeof results === 'number') process.exitCode = results
      else if (json) printJson(results)
      else print(demoScreen(demo.server, results))
      if (!once && !json) await signal
    } finally {
      await demo.close()
    }
  })

importCommand(asking('import'), print)

testCommands(program)
metricCommands(program)
canaryCommands(program)
keysCommands(program)

resultsCommands(program)
reportCommand(program)

asking('tail')
  .argument('<app>')
  .description('an app’s events as they come')
  .addHelpText('after', '\nExample:\n  $ assay tail shop --json')
  .action(async (app: string, options: ServerOptions & { json: boolean }) => {
    const { tail } = await import('./tail.js')
    await tail(discover(options, 'read'), app, options.json)
  })

asking('replay')
  .description('rebuild every table from the log, beside the live ones')
  .option('--to <time>', 'only what was received until then, into a place of its own', instant)
  .option('--into <place>', 'that place: a data directory, or a database of the ClickHouse server')
  .addHelpText('after', replayHelp)
  .action(async ({ to, into, ...options }: ServerOptions & { to?: number; into?: string; json: boolean }) => {
    if ((to === undefined) !== (into === undefined))
      throw new CommandError('Expected --to and --into together; one is missing.', 'See --help.', exit.usage)
    if (to === undefined || into === undefined) {
      const { replay } = await import('./replay.js')
      const records = await replay(discover(options, 'admin'), options.json)
      return options.json ? printJson({ records }) : print(replayScreen(records))
    }
    const signal = stoppable('Stopped.', 'Of a data directory nothing is left; a database is gone on with.')
    const { replayTo } = await import('./replay-to.js')
    const summary = await replayTo({ ...options, to, into, quiet: options.json, signal, config })
    if (options.json) printJson(summary)
    else print(replayToScreen(summary))
  })

asking('backup')
  .argument('<folder>', 'where it goes; must not exist')
  .description('copy everything into a folder, from a running server or a stopped one')
  .addHelpText(
    'after',
    `
A server on another machine is asked with --url and --key; the folder is always
on this one. It holds the keys: keep it as you keep them.

Examples:
  $ assay backup /backups/monday
  $ assay backup /backups/monday --url http://stats:4600 --key ADMIN_KEY`,
  )
  .action(async (folder: string, options: ServerOptions & { json: boolean }) => {
    const signal = stoppable()
    const { openSource } = await import('./backup/source.js')
    const { backUp } = await import('./backup/backup.js')
    const source = await openSource(options, config)
    const summary = await backUp(source, { folder, version: version(), quiet: options.json, signal })
    await source.close()
    if (options.json) return printJson(summary)
    print(backupScreen(summary))
  })

program
  .command('restore')
  .argument('<folder>', 'a backup')
  .description('make a data directory of a backup')
  .addOption(new Option('--data <dir>', 'empty or missing directory').env('ASSAY_DATA').default('./.assay'))
  .option('--json', 'for machines', false)
  .addHelpText('after', '\nExample:\n  $ assay restore /backups/monday --data ./restored')
  .action(async (backup: string, { data, json }: { data: string; json: boolean }) => {
    const signal = stoppable()
    const { restore } = await import('./backup/restore.js')
    const summary = await restore({ backup, data, quiet: json, signal })
    if (json) return printJson(summary)
    print(restoreScreen(summary))
  })

/** Resolves at the first signal with the exit code of the second, which ends the process at once. */
function signalled(): Promise<number> {
  return new Promise((resolve) => {
    let stopping = false
    const stop = (signal: NodeJS.Signals) => {
      const code = signal === 'SIGINT' ? 130 : 143
      if (stopping) process.exit(code)
      stopping = true
      resolve(code)
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
}

/** Aborts at the first signal, with a failure of its exit code. */
function stoppable(message = 'Stopped; nothing of it is left.', advice = ''): AbortSignal {
  const stop = new AbortController()
  signalled().then((code) => stop.abort(new CommandError(message, advice, code)))
  return stop.signal
}

/** Of the package, whose file lies beside the sources and above what is built. */
function version(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
}

// `assay tail | head` closes the pipe when it has enough: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? exit.ok : exit.failed)
})

try {
  await program.parseAsync()
  // A pipe takes no more at once than its buffer holds.
  await new Promise((resolve) => process.stdout.write('', resolve))
  // The engine keeps threads of its own; what had to be closed is closed.
  process.exit(process.exitCode ?? exit.ok)
} catch (error) {
  process.exit(report(error, process.argv.includes('--json')))
}
