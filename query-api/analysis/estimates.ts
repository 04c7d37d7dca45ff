import { isShare, type MetricDefinition } from '@assay/core/definition/metric'
import { squareOf } from '@assay/core/store/triangle'
import type { Effect } from '@assay/stats/effect/effect'
import { lift } from '@assay/stats/effect/lift'
import { cuped } from '@assay/stats/estimate/cuped'
import type { Estimate } from '@assay/stats/estimate/estimate'
import { mean } from '@assay/stats/estimate/mean'
import { postStratified } from '@assay/stats/estimate/post-stratification'
import { clusteredRanks, quantile } from '@assay/stats/estimate/quantile'
import { ratio } from '@assay/stats/estimate/ratio'
import type { Joint } from '@assay/stats/joint'
import { fromBinary } from '@assay/stats/moments'
import type { None } from '@assay/stats/none'
import type { SnapshotRow } from './snapshot.js'

export type Sample = Estimate | None

/** Two branches' answers to one metric, ready to be compared. */
export interface Pair {
  control: Sample
  treatment: Sample
  covariance: number
  lift: Effect | None
  /** Share of the variance that users' own past took away; null where there was none to take. */
  saved: number | null
  /** What a unit of the past was taken to move the metric by, in one phase; null where there is none, and over several. */
  theta: number | null
}

/** How many numbers a metric takes of each user. */
const variablesOf = ({ kind }: MetricDefinition) => (kind === 'mean' || kind === 'ratio' || kind === 'quantile' ? 2 : 1)

export function estimateOf(metric: MetricDefinition, row: SnapshotRow): Sample {
  if (isShare(metric.kind)) return mean(fromBinary(row.users, row.converted))
  if (metric.kind === 'count' || metric.kind === 'sum') return mean({ n: row.users, mean: row.mean, m2: row.m2 })
  const share = ratio(jointOf(row, 2))
  return metric.kind === 'quantile' ? quantileOf(metric.quantile, row, share) : share
}

/** A quantile from the values that a snapshot read at the ranks that follow from the share of events under it. */
function quantileOf(p: number, { ranks: [low, at, high, events] }: SnapshotRow, share: Sample): Sample {
  if (share.kind === 'none' || events === undefined) return { kind: 'none', reason: 'insufficient', value: at ?? null }
  const ranks = clusteredRanks(p, events, share)
  if ('kind' in ranks) return { ...ranks, value: at! }
  return quantile(ranks, { low: low!, at: at!, high: high! }, events, share)
}

/** Joint moments of the first numbers of a row, or of all. */
function jointOf({ users, means, comoments }: SnapshotRow, variables = means.length): Joint {
  const co = squareOf(comoments, means.length)
  return {
    n: users,
    means: means.slice(0, variables),
    co: co.slice(0, variables).map((line) => line.slice(0, variables)),
  }
}

/** A metric in one phase, each branch's answer less what its users' own past foretells. */
export function inPhase(metric: MetricDefinition, control: SnapshotRow, treatment: SnapshotRow): Pair {
  const plain = { control: estimateOf(metric, control), treatment: estimateOf(metric, treatment) }
  const unadjusted = { ...plain, covariance: 0, lift: lift(plain.control, plain.treatment), saved: null, theta: null }
  const hasPast = [control, treatment].every(({ means }) => means.length === 2 * variablesOf(metric))
  if (!hasPast || metric.kind === 'quantile') return unadjusted
  const adjusted = cuped(jointOf(control), jointOf(treatment))
  // Without a past that varies nothing is foretold.
  if (adjusted.kind === 'none' || adjusted.theta === 0) return unadjusted
  const { control: c, treatment: t } = adjusted
  const before = varianceOf(plain.control) + varianceOf(plain.treatment)
  const saved = before > 0 ? 1 - (c.variance + t.variance) / before : null
  return { control: c, treatment: t, covariance: 0, lift: adjusted.lift, saved, theta: adjusted.theta }
}

const varianceOf = (sample: Sample) => (sample.kind === 'none' ? 0 : sample.variance)

/** A metric over all phases, each weighted by its users, so that a change of weights between them moves nothing. */
export function pairOf(metric: MetricDefinition, phases: readonly (readonly [SnapshotRow, SnapshotRow])[]): Pair {
  const pairs = phases.map(([control, treatment]) => inPhase(metric, control, treatment))
  const [only] = pairs
  if (pairs.length === 1 && only !== undefined) return only
  const whole = postStratified(pairs)
  if (whole.kind === 'none')
    return { control: whole, treatment: whole, covariance: 0, lift: whole, saved: null, theta: null }
  const { control, treatment, covariance } = whole
  const users = pairs.map((pair) => (pair.control.kind === 'none' || pair.saved === null ? 0 : pair.control.n))
  const total = users.reduce((a, b) => a + b, 0)
  const saved = pairs.reduce((sum, pair, i) => sum + (pair.saved ?? 0) * users[i]!, 0)
  return {
    ...{ control, treatment, covariance },
    lift: lift(control, treatment, covariance),
    saved: total === 0 ? null : saved / total,
    theta: null,
  }
}
