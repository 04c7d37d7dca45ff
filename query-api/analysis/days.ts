import type { DecisionDefinition } from '@assay/core/definition/decision'
import type { MetricDefinition } from '@assay/core/definition/metric'
import { confidenceSequence } from '@assay/stats/anytime/confidence-sequence'
import { difference } from '@assay/stats/effect/difference'
import type { Effect } from '@assay/stats/effect/effect'
import { normalQuantile } from '@assay/stats/tail/normal'
import type { Pair } from './estimates.js'

/** Power that is planned for. */
const POWER = normalQuantile(0.2)
/** Halvings of what is searched, by which users are found to a thousandth. */
const STEPS = 40
const MOST = 1e12

/**
 * Days until the method's interval is likely (80 %) to leave out 0, for the least effect that matters or else the present
 * one, if traffic goes on and users stay as variable as they are: the users at which the interval reaches as far as that
 * effect less 0.84 standard errors. By the boundary at that many users alone, which is a little more than is needed where
 * earlier looks may decide; `sampleSize` of stats follows all looks and takes seconds. Null where nobody can tell.
 */
export function daysToDecision(
  { control, treatment, covariance }: Pair,
  { minEffect }: MetricDefinition,
  decision: DecisionDefinition,
  usersPerDay: number | null,
): number | null {
  const soFar = difference(control, treatment, covariance)
  if (usersPerDay === null || usersPerDay <= 0 || soFar.kind === 'none' || control.kind === 'none') return null
  const sought = minEffect === undefined ? Math.abs(soFar.value) : minEffect * Math.abs(control.value)
  const users = usersFor(sought, soFar, decision)
  return users === null ? null : Math.max(0, users - soFar.n) / usersPerDay
}

/** Users of both branches. */
function usersFor(sought: number, soFar: Effect, decision: DecisionDefinition): number | null {
  const spread = soFar.standardError * Math.sqrt(soFar.n)
  const suffices = (n: number) => {
    const standardError = spread / Math.sqrt(n)
    return sought >= reachOf({ ...soFar, value: 0, standardError, n }, decision) + POWER * standardError
  }
  let [low, high] = [4, MOST]
  if (!suffices(high)) return null
  for (let i = 0; i < STEPS; i++) {
    const middle = Math.sqrt(low * high)
    if (suffices(middle)) high = middle
    else low = middle
  }
  return high
}

/** Half of the interval of the method that decides; of planned looks that of the last, which is nearly a single one's. */
function reachOf(effect: Effect, { method, alpha, plannedUsers }: DecisionDefinition): number {
  if (method !== 'any-time') return normalQuantile(alpha / 2) * effect.standardError
  const found = confidenceSequence(effect, { alpha, planned: plannedUsers })
  return found.kind === 'none' ? Infinity : found.ci[1]
}
