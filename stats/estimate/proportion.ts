import { type None, none } from '../none.js'
import type { Estimate } from './estimate.js'

/**
 * Share of `n` users who succeeded, its variance p (1 − p) / n (the likelihood's; `mean(fromBinary(…))` divides by n −
 * 1 instead). With fewer than about ten successes or failures a branch, test by `twoProportions`. `insufficient` below
 * two users, `out-of-range` where successes are not between 0 and n.
 */
export function proportion(n: number, successes: number): Estimate | None {
  if (!(successes >= 0 && successes <= n)) return none('out-of-range')
  const value = successes / n
  if (n < 2) return none('insufficient', n === 0 ? null : value)
  return { kind: 'estimate', value, variance: (value * (n - successes)) / n / n, df: n - 1, n }
}
