import { isShare } from '@assay/core/definition/metric'
import { decidingOf, outcomeOf } from '@assay/query-api/analysis/deciding'
import type { Answer, Comparison, Metric, Results } from '@assay/query-api/analysis/reply'
import { count, paint, percent as share, short, wrap } from './style.js'

const colour = {
  better: 'green',
  worse: 'red',
  inconclusive: 'dim',
  safe: 'green',
  harmed: 'red',
  unclear: 'dim',
} as const

const widths = [-17, 7, 8, 7, -17, 6, 6, -12, 10]

/** Cells side by side; a negative width is flush left. */
function row(cells: readonly string[]): string {
  const text = cells.map((cell, i) => {
    const width = Math.abs(widths[i]!)
    return widths[i]! < 0 ? short(cell, width).padEnd(width) : short(cell, width).padStart(width)
  })
  return text.join(' ').trimEnd()
}

function head(
  { control, decision }: Pick<Results, 'control' | 'decision'>,
  branch: string,
  what: string,
  own: string,
  verdict: string,
): string {
  const coverage = `${Number((100 * (1 - decision.alpha)).toPrecision(6))} % interval`
  const other = decision.method === 'any-time' ? 'fixed p' : 'any-time p'
  return paint('dim', row([what, control, branch, 'change', coverage, 'p', own, verdict, other]))
}

/** All of the results that a row depends on. */
type Context = Pick<Results, 'control' | 'decision' | 'branches'>

export const metricHead = (results: Pick<Results, 'control' | 'decision'>, branch: string) =>
  head(results, branch, 'metric', 'adj. p', 'verdict')
export const guardrailHead = (results: Pick<Results, 'control' | 'decision'>, branch: string) =>
  head(results, branch, 'guardrail', 'margin', 'state')

/** A metric of a branch against the control, and under it what else there is to say of it. */
export function rowsOf(results: Context, metric: Metric, branch: string): string[] {
  const comparison = metric.comparisons.find((c) => c.branch === branch)
  if (comparison === undefined) return []
  const deciding = decidingOf(comparison)
  const { fixed, anytime, method, adjusted, guard } = comparison
  const isGuard = metric.role === 'guardrail'
  const verdict = isGuard ? stateOf(comparison) : outcomeOf(comparison, results.decision.alpha)
  const value = (name: string) => level(metric.kind, metric.branches.find((b) => b.branch === name)?.mean ?? null)
  const cells = [
    shortName(metric),
    value(results.control),
    value(branch),
    ...change(comparison, deciding),
    probability(deciding.pValue),
    isGuard ? (guard ? share(guard.margin) : '–') : probability(adjusted?.pValue ?? null),
    deciding.reason ?? verdict,
    probability((method === 'any-time' ? fixed : anytime).pValue),
  ]
  return [paint(colour[verdict], row(cells)), ...details(results, metric, comparison)]
}

/** A guardrail without a margin is never shown to hold. */
const stateOf = ({ guard, verdict }: Comparison) => guard?.state ?? (verdict === 'worse' ? 'harmed' : 'unclear')

/** Whose numbers these are, where not all users’ are complete; the steps of a funnel; caps; when it will be decided. */
function details({ control, branches }: Context, metric: Metric, { branch, days }: Comparison): string[] {
  const own = [control, branch].flatMap((name) => metric.branches.filter((b) => b.branch === name))
  const isPart = own.some(({ branch, users }) => users < (branches.find((b) => b.branch === branch)?.users ?? users))
  const { window } = metric
  const span = window ? [`days ${window.from} to ${window.to}`] : []
  const users = isPart ? [`${own.map((b) => count(b.users)).join(' and ')} users`] : []
  const [cap] = own.flatMap((b) => b.cap ?? [])
  const steps = own.some((b) => b.steps) ? [own.map((b) => (b.steps ?? []).map(count).join(' → ')).join(' and ')] : []
  const said = [
    ...[...span, ...users, ...steps, ...(cap === undefined ? [] : [`at most ${compact(cap)} a user`])],
    ...(days === null ? [] : [`decided in about ${count(Math.ceil(days))} days`]),
  ]
  if (said.length === 0) return []
  return wrap(said.join(', '), 78).map((line) => paint('dim', `  ${line}`))
}

/** Of a metric that nobody named the kind must stay readable when the event's name is long. */
function shortName({ name, event }: Metric): string {
  const suffix = name === `${event} conversion` ? ' conv.' : name === `${event} per user` ? ' /user' : ''
  return short(suffix === '' ? name : event!, Math.abs(widths[0]!) - suffix.length) + suffix
}

/** The change and its interval: relative where it can be. */
function change({ effect, relative }: Comparison, { ci, relativeCi }: Answer): string[] {
  if (relative !== null && relativeCi !== null)
    return [percent(relative), `${percent(relativeCi[0])} … ${percent(relativeCi[1])}`]
  return [effect === null ? '–' : signed(effect), ci === null ? '–' : `${signed(ci[0])} … ${signed(ci[1])}`]
}

function probability(pValue: number | null): string {
  return pValue === null ? '–' : pValue < 0.0001 ? '<.0001' : pValue.toFixed(4).replace(/^0/, '')
}

function level(kind: Metric['kind'], mean: number | null): string {
  if (mean === null) return '–'
  return isShare(kind) ? `${(mean * 100).toFixed(2)}%` : compact(mean)
}

const percent = (x: number) =>
  Math.abs(x) >= 10 ? `${signed(x)}×` : `${x < 0 ? '−' : '+'}${Math.abs(x * 100).toFixed(1)}%`
const signed = (x: number) => `${x < 0 ? '−' : '+'}${compact(Math.abs(x))}`

function compact(x: number): string {
  const size = Math.abs(x)
  if (size !== 0 && (size >= 1e6 || size < 1e-3)) return x.toExponential(1)
  return x.toFixed(size >= 1000 ? 0 : size >= 10 ? 2 : 3)
}
