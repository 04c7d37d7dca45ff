import { type None, none } from '../none.js'
import { lnNormalTail, normalQuantile } from '../tail/normal.js'
import type { Spread } from './metric.js'

/**
 * Probability that two one-sided tests at alpha show an effect of this size to lie within ± margin, among `n` users of both
 * branches (Phillips 1990, in its normal limit); 0 where the sample is too small for any estimate to do so.
 * `out-of-range` for what cannot be.
 */
export function equivalencePower(
  n: number,
  effect: number,
  margin: number,
  spread: Spread,
  alpha = 0.05,
): number | None {
  const error = spread(effect) / Math.sqrt(n)
  const reach = margin / error - normalQuantile(alpha)
  const below = (z: number) => Math.exp(lnNormalTail(-z))
  const both = below(reach - effect / error) - below(-reach - effect / error)
  return Number.isNaN(both) ? none('out-of-range') : Math.max(0, both)
}
