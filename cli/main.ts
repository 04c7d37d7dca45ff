import { readConfig } from '@assay/core/config/config'
import type { Results } from '@assay/query-api/schemas'
import { Command, InvalidArgumentError, Option } from 'commander'
import { discover, type ServerOptions } from './discover.js'
import { exit, report } from './failure.js'
import { getJson } from './request.js'
import { upScreen } from './up-screen.js'
import { verdictTable } from './verdict-table.js'

const config = () => readConfig(process.env)
const print = (text: string): void => void process.stdout.write(`${text}\n`)
const printJson = (value: object): void => print(JSON.stringify(value))

const program = new Command('assay')
  .description('Is the change better, worse or broken? Events in, verdicts out.')
  .version('0.1.0')
  .showHelpAfterError('(add --help for examples)')
  .addHelpText(
    'after',
    `
Start here:
  $ assay demo                     see a test run from click to verdict
  $ assay up                       run it for real, on this machine

Exit codes: ${exit.ok} done, ${exit.failed} failed, ${exit.usage} wrong usage, ${exit.unreachable} no server.
Without --url and --key, ASSAY_URL and ASSAY_KEY count, then the local data directory.`,
  )

/** A command that asks a running server. */
function asking(name: string): Command {
  return program
    .command(name)
    .option('--url <url>', 'server to ask (default: ASSAY_URL, else the local one)')
    .option('--key <key>', 'key to ask with (default: ASSAY_KEY, else the local one)')
    .option('--data <dir>', 'local data directory', config().ASSAY_DATA)
    .option('--json', 'for machines', false)
}

function serving(name: string): Command {
  return program
    .command(name)
    .addOption(new Option('--port <port>', 'port to listen on; 0 takes any').argParser(whole))
    .option('--host <host>', 'address to listen on')
}

serving('up')
  .description('run every stage in this process')
  .option('--data <dir>', 'data directory')
  .addHelpText('after', '\nExamples:\n  $ assay up\n  $ assay up --data /var/lib/assay --port 8080')
  .action(async (options) => {
    const env = config()
    const { up } = await import('./up.js')
    const server = await up({
      data: options.data ?? env.ASSAY_DATA,
      host: options.host ?? env.ASSAY_HOST,
      port: options.port ?? env.ASSAY_PORT,
      config: env,
    })
    print(upScreen(server))
    await stopped(() => server.close())
  })

serving('demo')
  .description('play a test through a server of its own and show the verdict')
  .addOption(new Option('--users <n>', 'shoppers to play').argParser(whole).default(20_000))
  .addOption(new Option('--seed <n>', 'which shoppers').argParser(whole).default(7))
  .option('--once', 'end after the verdict', false)
  .option('--json', 'print the results as JSON, then end', false)
  .addHelpText('after', '\nExamples:\n  $ assay demo\n  $ assay demo --users 100000 --once')
  .action(async ({ users, seed, once, json, port, host }) => {
    const env = config()
    const { demo, demoScreen } = await import('./demo.js')
    const played = await demo({ users, seed, json, port: port ?? 0, host: host ?? env.ASSAY_HOST, config: env })
    if (json) printJson(played.results)
    else print(demoScreen(played))
    if (once || json) await played.close()
    else await stopped(played.close)
  })

asking('import')
  .argument('<file.csv>', 'one row a user')
  .description('turn a CSV of users into events; the same file twice counts once')
  .requiredOption('--app <app>', 'app')
  .requiredOption('--test <test>', 'test id')
  .requiredOption('--user <column>', 'column of the user')
  .requiredOption('--branch <column>', 'column of the branch')
  .option('--metric <column[:kind]>', 'column counted as sum or conversion; may be repeated', collect, [])
  .option('--time <column>', 'column of the time (default: now)')
  .addHelpText(
    'after',
    `
Example:
  $ assay import players.csv --app game --test gate --user userid --branch version \\
      --metric rounds:sum --metric retention_7:conversion`,
  )
  .action(async (file, { json, ...options }) => {
    const { importFile } = await import('./import.js')
    const [writer, reader] = [discover(options, 'write'), discover(options, 'read')]
    const summary = await importFile(writer, reader, file, { ...options, quiet: json })
    if (json) return printJson(summary)
    const known = summary.alreadyCounted > 0 ? `, ${summary.alreadyCounted} of them counted before` : ''
    print(`${summary.users} users, ${summary.events} events counted once${known}.`)
    print(`Next: assay results ${summary.app} ${summary.test}`)
  })

asking('results')
  .argument('<app>')
  .argument('<test>')
  .description('the verdict on a test')
  .option('--control <branch>', 'branch to compare with')
  .addHelpText(
    'after',
    '\nExamples:\n  $ assay results shop checkout\n  $ assay results shop checkout --control old --json',
  )
  .action(async (app: string, test: string, options: ServerOptions & { control?: string; json: boolean }) => {
    const query = options.control === undefined ? '' : `?${new URLSearchParams({ control: options.control })}`
    const path = `/v1/apps/${encodeURIComponent(app)}/tests/${encodeURIComponent(test)}/results${query}`
    const results = await getJson<Results>(discover(options, 'read'), path)
    if (options.json) printJson(results)
    else print(verdictTable(results))
  })

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
  .addHelpText('after', '\nExample:\n  $ assay replay')
  .action(async (options: ServerOptions & { json: boolean }) => {
    const { replay } = await import('./replay.js')
    const records = await replay(discover(options, 'admin'), options.json)
    if (options.json) printJson({ records })
    else print(`${records} records replayed; the rebuilt tables are in use.`)
  })

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('expected a whole number.')
  return Number(text)
}

function collect(value: string, before: string[]): string[] {
  return [...before, value]
}

/** Resolves once a signal came and the server is closed; a second signal ends the process at once. */
function stopped(close: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    let stopping = false
    const stop = (signal: NodeJS.Signals) => {
      if (stopping) process.exit(signal === 'SIGINT' ? 130 : 143)
      stopping = true
      close().then(resolve, reject)
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
}

try {
  program.exitOverride((error) => process.exit(error.exitCode === 0 ? exit.ok : exit.usage))
  for (const command of program.commands)
    command.exitOverride((error) => process.exit(error.exitCode === 0 ? exit.ok : exit.usage))
  await program.parseAsync()
  // The engine keeps threads of its own; what had to be closed is closed.
  process.exit(exit.ok)
} catch (error) {
  process.exit(report(error, process.argv.includes('--json')))
}
