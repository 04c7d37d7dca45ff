import { isShare, type MetricDefinition } from '@assay/core/definition/metric'
import { posterior } from '@assay/stats/bayes/posterior'
import { difference } from '@assay/stats/effect/difference'
import { empty, fromBinary, type Moments, merge, variance } from '@assay/stats/moments'
import { compare } from './comparison.js'
import { daysToDecision } from './days.js'
import { decidingOf } from './deciding.js'
import { isEarly } from './early.js'
import { estimateOf, type Pair, pairOf } from './estimates.js'
import type { Look } from './looks.js'
import type { Comparison, Metric } from './reply.js'
import type { SnapshotRow } from './snapshot.js'
import type { AskedMetric, Subject } from './subject.js'

export interface Options {
  bayes: boolean
  /** New users a day of all branches; null where that is not known. */
  usersPerDay: number | null
  /** The planned looks that were taken. */
  looks: readonly Look[]
}

/** What is known of one metric: each branch's value, and what the others change against the control. */
export function metricResults(
  subject: Subject,
  { metric, role, event }: AskedMetric,
  rows: readonly SnapshotRow[],
  options: Options,
): Metric {
  const own = rows.filter((row) => row.event === event)
  const names = [...new Set(own.map((row) => row.branch))]
  const sources = 'event' in metric && metric.event !== undefined ? { event: metric.event } : {}
  return {
    name: metric.name,
    ...sources,
    kind: metric.kind,
    role,
    direction: metric.direction,
    ...(metric.window && { window: metric.window }),
    branches: names.map((branch) => branchOf(metric, branch, own)),
    comparisons: names
      .filter((branch) => branch !== subject.control)
      .map((branch) => comparisonOf(subject, { metric, role, event }, branch, rows, options)),
  }
}

function comparisonOf(
  subject: Subject,
  { metric, event }: AskedMetric,
  branch: string,
  rows: readonly SnapshotRow[],
  { bayes, usersPerDay, looks }: Options,
): Comparison {
  const { decision, control } = subject
  const seenIn = (rows: readonly SnapshotRow[]) =>
    pairOf(
      metric,
      phasesWith(
        rows.filter((row) => row.event === event),
        control,
        branch,
      ),
    )
  const pair = seenIn(rows)
  const taken = looks.map(({ information, rows }) => ({ information, pair: seenIn(rows) }))
  const compared = compare(pair, metric.direction, decision, taken)
  const verdict = isEarly(subject, rows) ? 'inconclusive' : compared.verdict
  return {
    branch,
    ...compared,
    verdict,
    provisional: decision.method === 'any-time' && metric.window === undefined,
    cuped: pair.saved === null ? null : { saved: pair.saved },
    ...(bayes && { bayes: beliefOf(pair, metric, decision.alpha) }),
    days: verdict === 'inconclusive' ? daysToDecision(pair, metric, decision, usersPerDay) : null,
    ...(metric.margin !== undefined && { guard: guardOf(metric, { ...compared, verdict }, metric.margin) }),
  }
}

/** The phases in which both branches had users. */
export function phasesWith(rows: readonly SnapshotRow[], control: string, branch: string) {
  const of = (name: string) => new Map(rows.filter((row) => row.branch === name).map((row) => [row.phase, row]))
  const [controls, treatments] = [of(control), of(branch)]
  return [...controls]
    .sort(([a], [b]) => a - b)
    .flatMap(([phase, row]) => (treatments.has(phase) ? [[row, treatments.get(phase)!] as const] : []))
}

/** A branch over all phases, each with its share of the users of all branches, as they are compared. */
function branchOf(metric: MetricDefinition, branch: string, rows: readonly SnapshotRow[]): Metric['branches'][number] {
  const own = rows.filter((row) => row.branch === branch)
  const inPhase = (phase: number) =>
    rows.filter((row) => row.phase === phase).reduce((sum, { users }) => sum + users, 0)
  const values = own.map((row) => ({ value: estimateOf(metric, row).value, users: inPhase(row.phase) }))
  const known = values.filter(({ value, users }) => value !== null && users > 0)
  const total = known.reduce((sum, { users }) => sum + users, 0)
  const value = known.reduce((sum, { value, users }) => sum + value! * (users / total), 0)
  const spread = variance(own.map((row) => momentsOf(metric, row)).reduce(merge, empty))
  const isPerUser = metric.kind !== 'mean' && metric.kind !== 'ratio' && metric.kind !== 'quantile'
  const sum = (of: (row: SnapshotRow) => number) => own.reduce((total, row) => total + of(row), 0)
  const [cap] = own.flatMap((row) => row.cap ?? [])
  return {
    branch,
    users: sum((row) => row.users),
    mean: known.length === 0 ? null : value,
    stddev: isPerUser && spread !== null ? Math.sqrt(spread) : null,
    sum: sum((row) => (isShare(metric.kind) ? row.converted : row.sum)),
    ...(cap !== undefined && { cap }),
    ...(metric.kind === 'funnel' && { steps: metric.steps.map((_, i) => sum((row) => row.steps[i] ?? 0)) }),
  }
}

const momentsOf = (metric: MetricDefinition, { users, converted, mean, m2 }: SnapshotRow): Moments =>
  isShare(metric.kind) ? fromBinary(users, converted) : { n: users, mean, m2 }

/** What to believe of the effect, before which nothing is believed. */
function beliefOf(
  { control, treatment, covariance }: Pair,
  { direction }: MetricDefinition,
  alpha: number,
): Comparison['bayes'] {
  const found = posterior(difference(control, treatment, covariance), { alpha })
  if (found.kind === 'none') return null
  const { chanceToWin, expectedLoss, ci } = found
  return {
    chanceToWin: direction === 'up' ? chanceToWin : 1 - chanceToWin,
    expectedLoss: direction === 'up' ? expectedLoss.treatment : expectedLoss.control,
    ci: [...ci],
  }
}

/** Whether a guardrail holds: by the interval of the method that decides, all of it within the margin. */
function guardOf(
  { direction }: MetricDefinition,
  compared: Pick<Comparison, 'verdict' | 'method' | 'fixed' | 'anytime' | 'sequential'>,
  margin: number,
): Comparison['guard'] {
  const { relativeCi } = decidingOf(compared)
  const worst = relativeCi === null ? null : direction === 'up' ? relativeCi[0] : -relativeCi[1]
  return {
    margin,
    state: compared.verdict === 'worse' ? 'harmed' : worst !== null && worst > -margin ? 'safe' : 'unclear',
  }
}
