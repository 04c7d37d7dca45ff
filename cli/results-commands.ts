import type { Results } from '@assay/query-api/analysis/reply'
import type { Breakdown, Explained, Novelty } from '@assay/query-api/study/reply'
import { type Command, Option } from 'commander'
import { whole } from './arguments.js'
import { type AskingOptions, asking, examples, tell } from './asking.js'
import { discover } from './discover.js'
import { followResults } from './follow-results.js'
import { getJson } from './request.js'
import { breakdownScreen, explainScreen, noveltyScreen } from './study-screens.js'
import { verdictTable } from './verdict-table.js'

type ResultsOptions = AskingOptions & { control?: string; asOf?: string; fresh: boolean; withoutCrossover: boolean }
type StudyOptions = AskingOptions & { control?: string; metric?: string; values?: number }

/** What is known of a test, and the questions that are worked out of the tables. */
export function resultsCommands(program: Command): void {
  about(program, 'results')
    .description('the verdict on a test')
    .option('--as-of <time>', 'as it stood then')
    .option('--fresh', 'worked out now, of all that is stored', false)
    .option('--without-crossover', 'worked out now, without users who saw several branches', false)
    .addHelpText(
      'after',
      examples(
        'assay results shop checkout',
        'assay results shop checkout --control old --json',
        'assay results shop checkout --as-of 2026-06-15T12:00:00Z',
        'assay results shop checkout --fresh',
      ),
    )
    .action(async (app: string, test: string, options: ResultsOptions) => {
      const { control, asOf, fresh, withoutCrossover } = options
      const crossover = withoutCrossover ? 'exclude' : undefined
      const path = pathOf(app, test, 'results', { control, asOf, crossover, ...(fresh && { fresh: 'true' }) })
      const server = discover(options, 'read')
      const isNow = fresh || withoutCrossover
      const results = isNow ? await followResults(server, path, options.json) : await getJson<Results>(server, path)
      tell(options, results, verdictTable)
    })
  studies(program)
}

/** A command about one test. */
const about = (program: Command, name: string) =>
  asking(program, name).argument('<app>').argument('<test>').option('--control <branch>', 'branch to compare with')

const METRIC = ['--metric <name>', 'one of the test’s metrics'] as const

function studies(program: Command): void {
  about(program, 'breakdown')
    .argument('<prop>', 'of events, as users had it when they were exposed')
    .description('the results of each value of a prop, such as country')
    .option(...METRIC)
    .addOption(new Option('--values <n>', 'values at the most').argParser(whole).default(10))
    .addHelpText(
      'after',
      examples('assay breakdown shop checkout country', 'assay breakdown shop checkout plan --values 3'),
    )
    .action(async (app: string, test: string, prop: string, options: StudyOptions) => {
      const { control, metric, values } = options
      const path = pathOf(app, test, 'breakdown', { prop, control, metric, values: String(values) })
      tell(options, await getJson<Breakdown>(discover(options, 'read'), path), breakdownScreen)
    })
  about(program, 'novelty')
    .description('a metric’s effect by days since the exposure: does it wear off')
    .option(...METRIC)
    .addHelpText('after', examples('assay novelty shop checkout', 'assay novelty shop checkout --metric revenue'))
    .action(async (app: string, test: string, options: StudyOptions) => {
      const path = pathOf(app, test, 'novelty', { control: options.control, metric: options.metric })
      tell(options, await getJson<Novelty>(discover(options, 'read'), path), noveltyScreen)
    })
  about(program, 'explain')
    .description('a metric’s result with the SQL and all numbers that it follows from')
    .option(...METRIC)
    .addHelpText(
      'after',
      examples('assay explain shop checkout --metric revenue', 'assay explain shop checkout --json'),
    )
    .action(async (app: string, test: string, options: StudyOptions) => {
      const path = pathOf(app, test, 'explain', { control: options.control, metric: options.metric })
      tell(options, await getJson<Explained>(discover(options, 'read'), path), explainScreen)
    })
}

function pathOf(app: string, test: string, what: string, query: Record<string, string | undefined>): string {
  const asked = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined)
  const search = asked.length === 0 ? '' : `?${new URLSearchParams(asked)}`
  return `/v1/apps/${encodeURIComponent(app)}/tests/${encodeURIComponent(test)}/${what}${search}`
}
