import { type Moments, variance } from '../moments.js'
import { type None, none } from '../none.js'
import type { Estimate } from './estimate.js'

/**
 * Mean per user, its variance with n − 1. A proportion is a mean of zeros and ones (`fromBinary`).
 * `insufficient` below two users.
 */
export function mean(moments: Moments): Estimate | None {
  const { n, mean: value } = moments
  const spread = variance(moments)
  if (spread === null) return none('insufficient', n === 0 ? null : value)
  return { kind: 'estimate', value, variance: spread / n, df: n - 1, n }
}
