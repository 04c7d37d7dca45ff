import type { Results } from '@assay/query-api/analysis/reply'
import { type Command, Option } from 'commander'
import { instant } from '../arguments.js'
import { asking } from '../asking.js'
import { discover, type ServerOptions } from '../discover.js'
import { CommandError, exit } from '../failure.js'
import { getJson } from '../request.js'
import { count, print, printJson } from '../style.js'
import { fileName, writeNew } from './file.js'
import { reportPage } from './page.js'

interface Options extends ServerOptions {
  out?: string
  force: boolean
  control?: string
  asOf?: number
  json: boolean
}

/** `assay report`: a test's results as a file of HTML. */
export function reportCommand(program: Command): void {
  asking(program, 'report')
    .argument('<app>')
    .argument('<test>')
    .description('the verdict on a test with all its numbers, as one HTML file')
    .option('--out <file>', 'where it goes, - for stdout (default: <app>-<test>.html)')
    .option('--force', 'replace the file if there is one', false)
    .option('--control <branch>', 'branch to compare with')
    .addOption(new Option('--as-of <time>', 'the results as they stood at that time').argParser(instant))
    .addHelpText(
      'after',
      `
The file needs no network and runs no scripts: open it, print it, send it.

Examples:
  $ assay report shop checkout
  $ assay report shop checkout --as-of 2026-11-01 --out november.html`,
    )
    .action(makeReport)
}

async function makeReport(app: string, test: string, options: Options): Promise<void> {
  const { out = fileName(app, test), force, json } = options
  if (out === '-' && json)
    throw new CommandError('Expected --json or --out -, as both write to stdout; both came.', 'See --help.', exit.usage)
  const page = reportPage(await resultsOf(app, test, options))
  if (out === '-') return void process.stdout.write(page)
  await writeNew(out, page, force)
  const bytes = Buffer.byteLength(page)
  if (json) printJson({ file: out, bytes })
  else print(`${out}   ${count(bytes)} bytes`)
}

function resultsOf(app: string, test: string, options: Options): Promise<Results> {
  const { control, asOf } = options
  const query = new URLSearchParams({
    ...(control !== undefined && { control }),
    ...(asOf !== undefined && { asOf: String(asOf) }),
  })
  const path = `/v1/apps/${encodeURIComponent(app)}/tests/${encodeURIComponent(test)}/results`
  return getJson<Results>(discover(options, 'read'), query.size === 0 ? path : `${path}?${query}`)
}
