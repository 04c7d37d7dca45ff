import type { Comparison, Metric, Results } from '@assay/query-api/schemas'
import { paint } from './style.js'

const colour = { better: 'green', worse: 'red', inconclusive: 'dim' } as const

/** The verdicts of a test for people, within 80 columns. */
export function verdictTable(results: Results): string {
  const { app, testId, asOf, control, branches, metrics, warnings } = results
  const total = branches.reduce((sum, b) => sum + b.users, 0)
  const head = [
    `${paint('bold', `${app} / ${testId}`)}   ${count(total)} users   ${paint('dim', `as of ${asOf.slice(0, 19).replace('T', ' ')} UTC`)}`,
    ...wrap(branches.map((b) => share(b, b.branch === control, total)).join(' · '), 80),
  ]
  const others = branches.map((b) => b.branch).filter((b) => b !== control)
  const tables = others.flatMap((branch) => ['', ...branchTable(metrics, control, branch)])
  const notes = warnings.flatMap((w) => [
    '',
    ...wrap(w.message, 76).map((line, i) => paint('yellow', `${i === 0 ? '! ' : '  '}${line}`)),
  ])
  return [...head, ...tables, ...notes].join('\n')
}

function branchTable(metrics: readonly Metric[], control: string, branch: string): string[] {
  const header = row(['metric', control, branch, 'change', '95 % interval', 'p', 'verdict'])
  const body = metrics.map((m) => metricRow(m, control, branch))
  return [`${paint('bold', branch)} against ${control}`, paint('dim', header), ...body]
}

function metricRow(metric: Metric, control: string, branch: string): string {
  const mean = (name: string) => metric.branches.find((b) => b.branch === name)?.mean ?? 0
  const comparison = metric.comparisons.find((c) => c.branch === branch)!
  const cells = [
    shortName(metric),
    level(metric.kind, mean(control)),
    level(metric.kind, mean(branch)),
    ...change(comparison),
  ]
  return paint(colour[comparison.verdict], row([...cells, comparison.reason ?? comparison.verdict]))
}

/** The kind must stay readable when the event's name is long. */
function shortName({ event, kind }: Metric): string {
  const suffix = kind === 'conversion' ? ' conv.' : ' /user'
  const room = Math.abs(widths[0]!) - suffix.length
  return (event.length > room ? `${event.slice(0, room - 1)}…` : event) + suffix
}

/** The change, its interval and p: relative where it can be. */
function change({ effect, ci, relative, relativeCi, pValue }: Comparison): string[] {
  const p = pValue === null ? '–' : pValue < 0.0001 ? '<.0001' : pValue.toFixed(4).replace(/^0/, '')
  if (relative !== null && relativeCi !== null)
    return [percent(relative), `${percent(relativeCi[0])} … ${percent(relativeCi[1])}`, p]
  return [effect === null ? '–' : signed(effect), ci === null ? '–' : `${signed(ci[0])} … ${signed(ci[1])}`, p]
}

const widths = [-17, 7, 8, 7, -17, 6, -12]

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

const count = (n: number) => n.toLocaleString('en-US')
const level = (kind: Metric['kind'], mean: number) =>
  kind === 'conversion' ? `${(mean * 100).toFixed(2)}%` : compact(mean)
const percent = (x: number) =>
  Math.abs(x) >= 10 ? `${signed(x)}×` : `${x < 0 ? '−' : '+'}${Math.abs(x * 100).toFixed(1)}%`
const signed = (x: number) => `${x < 0 ? '−' : '+'}${compact(Math.abs(x))}`

function compact(x: number): string {
  const size = Math.abs(x)
  if (size !== 0 && (size >= 1e6 || size < 1e-3)) return x.toExponential(1)
  return x.toFixed(size >= 1000 ? 0 : size >= 10 ? 2 : 3)
}

function wrap(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const last = lines.length - 1
    if (lines[last]!.length + word.length + 1 > width) lines.push(word)
    else lines[last] = lines[last] === '' ? word : `${lines[last]} ${word}`
  }
  return lines
}
