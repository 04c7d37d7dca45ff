import type { MetricDefinition } from '@assay/core/definition/metric'
import type { DefinedMetric, MetricHistory, Metrics } from '@assay/query-api/schemas'
import { historyTable } from './history-table.js'
import type { SetMetric } from './metric-requests.js'
import { capWords, metricWords, windowWords } from './metric-words.js'
import { field, paint, percent, plain, short, wrap } from './style.js'

const WIDTH = 80
const titleOf = ({ app, name }: { app: string; name: string }) => paint('bold', `${app} / ${name}`)

/** The metrics of an app, one a line. */
export function metricList({ app, metrics }: Metrics): string {
  if (metrics.length === 0) return `${paint('bold', app)} has no metrics.`
  const width = Math.min(20, Math.max(6, ...metrics.map(({ name }) => name.length)))
  const head = `${'metric'.padEnd(width)}  ver  better  tests  what`
  const rows = metrics.map(({ name, version, tests, definition }) => {
    const numbers = [String(version).padStart(3), definition.direction.padEnd(6), String(tests.length).padStart(5)]
    const start = `${short(name, width).padEnd(width)}  ${numbers.join('  ')}  `
    return start + short(plain(metricWords(definition)), WIDTH - start.length)
  })
  return [paint('dim', head), ...rows].join('\n')
}

/** All that is defined of a metric, and who uses it. */
export function metricShown(metric: DefinedMetric): string {
  const { version, definition, tests } = metric
  const users = tests.map(({ testId, stage }) => `${testId} (${stage})`).join(', ')
  const fields = [...fieldsOf(definition), ['tests', users || 'none']] as const
  return [`${titleOf(metric)}   version ${version}`, '', ...fields.flatMap(([label, text]) => field(label, text))].join(
    '\n',
  )
}

/** What there is to say, each under its label. */
function fieldsOf(metric: MetricDefinition): [string, string][] {
  const { window, direction, minEffect, margin, lookback } = metric
  const { window: _, ...bare } = metric
  const cap = 'cap' in metric ? metric.cap : undefined
  const what = metricWords({ ...bare, ...(cap && { cap: undefined }) } as MetricDefinition)
  const said: [string, string | undefined][] = [
    ['what', what],
    ['window', window ? `${windowWords(window)} after the exposure` : 'none: whatever users do after the exposure'],
    ['cap', cap && capWords(cap)],
    ['better', direction],
    ['min effect', minEffect === undefined ? undefined : percent(minEffect)],
    ['margin', margin === undefined ? undefined : percent(margin)],
    ['lookback', `${lookback} days`],
  ]
  return said.filter((one): one is [string, string] => one[1] !== undefined)
}

/** What became of a metric, and which tests will show it. */
export function metricSet({ changed, tests }: SetMetric): string {
  const done = `${paint('green', '✓')} ${titleOf(changed)}   version ${changed.version}`
  const live = tests.filter(({ stage }) => stage !== 'archived').map(({ testId }) => testId)
  if (live.length === 0) return done
  const told = `Tests that show it so from now on, with all they have counted: ${live.join(', ')}`
  return [done, ...wrap(plain(told), WIDTH - 2).map((line) => `  ${line}`)].join('\n')
}

/** Every change of a metric, the oldest first. */
export function metricHistory(told: MetricHistory): string {
  const changes = told.history.map((change, i) => {
    const before = told.history[i - 1]?.definition
    const { definition } = change
    return {
      ...change,
      what: before
        ? `changed: ${differences(before, definition)}`
        : `set: ${metricWords(definition)}, ${definition.direction} is better`,
    }
  })
  return historyTable(titleOf(told), changes)
}

/** The fields that differ, as they are now. */
function differences(before: MetricDefinition, after: MetricDefinition): string {
  const [old, now] = [new Map(fieldsOf(before)), new Map(fieldsOf(after))]
  const labels = [...new Set([...now.keys(), ...old.keys()])].filter((label) => old.get(label) !== now.get(label))
  const said = labels.map((label) => (now.has(label) ? `${label} ${now.get(label)}` : `no ${label}`))
  return said.length === 0 ? 'nothing' : said.join('; ')
}
