import { decidingOf } from '@assay/query-api/analysis/deciding'
import type { Answer, Comparison, Metric, Results } from '@assay/query-api/analysis/reply'
import { count, paint, wrap } from './style.js'

const colour = { better: 'green', worse: 'red', inconclusive: 'dim' } as const

/** What the reader of a method's interval and p must know, and the name of the other method's p. */
const methods = {
  'any-time': {
    note: 'Interval, p and verdict allow for any number of looks; fixed p only for one.',
    other: 'fixed p',
  },
  'group-sequential': {
    note: 'Interval, p and verdict are of the planned looks taken so far; any-time p allows for any number.',
    other: 'any-time p',
  },
  'single-look': {
    note: 'Interval, p and verdict are of a single look, as imports are finished; any-time p allows for any number.',
    other: 'any-time p',
  },
} as const
const PROVISIONAL = 'Provisional: users’ totals still grow, which adds some error.'

/** The verdicts of a test for people: prose within 80 columns, tables within 100. */
export function verdictTable(results: Results): string {
  const { app, testId, asOf, control, branches, metrics, warnings } = results
  const total = branches.reduce((sum, b) => sum + b.users, 0)
  const head = [
    `${paint('bold', `${app} / ${testId}`)}   ${count(total)} users   ${paint('dim', `as of ${asOf.slice(0, 19).replace('T', ' ')} UTC`)}`,
    ...wrap(branches.map((b) => share(b, b.branch === control, total)).join(' · '), 80),
  ]
  const others = branches.map((b) => b.branch).filter((b) => b !== control)
  const tables = others.flatMap((branch) => ['', ...branchTable(results, branch)])
  const notes = warnings.flatMap((w) => [
    '',
    ...wrap(w.message, 76).map((line, i) => paint('yellow', `${i === 0 ? '! ' : '  '}${line}`)),
  ])
  return [...head, ...tables, ...legend(metrics, results.decision), ...notes].join('\n')
}

/** Below the tables, where there is anything to explain. */
function legend(metrics: readonly Metric[], { method }: Results['decision']): string[] {
  const comparisons = metrics.flatMap((m) => m.comparisons)
  if (comparisons.length === 0) return []
  const { note } = methods[method]
  const text = comparisons.some((c) => c.provisional) ? `${note} ${PROVISIONAL}` : note
  return ['', ...wrap(text, 80).map((line) => paint('dim', line))]
}

function branchTable({ metrics, control, decision }: Results, branch: string): string[] {
  const coverage = `${Number((100 * (1 - decision.alpha)).toPrecision(6))} % interval`
  const columns = ['metric', control, branch, 'change', coverage, 'p', 'verdict', methods[decision.method].other]
  const body = metrics.map((m) => metricRow(m, control, branch))
  return [`${paint('bold', branch)} against ${control}`, paint('dim', row(columns)), ...body]
}

function metricRow(metric: Metric, control: string, branch: string): string {
  const mean = (name: string) => metric.branches.find((b) => b.branch === name)?.mean ?? 0
  const comparison = metric.comparisons.find((c) => c.branch === branch)!
  const { fixed, anytime, method, verdict } = comparison
  const deciding = decidingOf(comparison)
  const other = method === 'any-time' ? fixed : anytime
  const cells = [
    shortName(metric),
    level(metric.kind, mean(control)),
    level(metric.kind, mean(branch)),
    ...change(comparison, deciding),
    probability(deciding),
    deciding.reason ?? verdict,
    probability(other),
  ]
  return paint(colour[verdict], row(cells))
}

/** Of a metric that nobody named the kind must stay readable when the event's name is long. */
function shortName({ name, event }: Metric): string {
  const suffix = name === `${event} conversion` ? ' conv.' : name === `${event} per user` ? ' /user' : ''
  const text = suffix === '' ? name : event!
  const room = Math.abs(widths[0]!) - suffix.length
  return (text.length > room ? `${text.slice(0, room - 1)}…` : text) + suffix
}

/** The change and its interval: relative where it can be. */
function change({ effect, relative }: Comparison, { ci, relativeCi }: Answer): string[] {
  if (relative !== null && relativeCi !== null)
    return [percent(relative), `${percent(relativeCi[0])} … ${percent(relativeCi[1])}`]
  return [effect === null ? '–' : signed(effect), ci === null ? '–' : `${signed(ci[0])} … ${signed(ci[1])}`]
}

function probability({ pValue }: Answer): string {
  return pValue === null ? '–' : pValue < 0.0001 ? '<.0001' : pValue.toFixed(4).replace(/^0/, '')
}

const widths = [-17, 7, 8, 7, -17, 6, -12, 10]

function share({ branch, users }: Results['branches'][number], isControl: boolean, total: number): string {
  return `${branch} ${count(users)} (${((100 * users) / Math.max(1, total)).toFixed(1)}%${isControl ? ', control' : ''})`
}

/** Cells side by side; a negative width is flush left. */
function row(cells: readonly string[]): string {
  const text = cells.map((cell, i) => {
    const width = Math.abs(widths[i]!)
    const short = cell.length > width ? `${cell.slice(0, width - 1)}…` : cell
    return widths[i]! < 0 ? short.padEnd(width) : short.padStart(width)
  })
  return text.join(' ').trimEnd()
}

const level = (kind: Metric['kind'], mean: number) =>
  ['conversion', 'retention', 'funnel'].includes(kind) ? `${(mean * 100).toFixed(2)}%` : compact(mean)
const percent = (x: number) =>
  Math.abs(x) >= 10 ? `${signed(x)}×` : `${x < 0 ? '−' : '+'}${Math.abs(x * 100).toFixed(1)}%`
const signed = (x: number) => `${x < 0 ? '−' : '+'}${compact(Math.abs(x))}`

function compact(x: number): string {
  const size = Math.abs(x)
  if (size !== 0 && (size >= 1e6 || size < 1e-3)) return x.toExponential(1)
  return x.toFixed(size >= 1000 ? 0 : size >= 10 ? 2 : 3)
}
