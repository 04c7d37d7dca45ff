import betaln from '@stdlib/math-base-special-betaln'
import cdf from '@stdlib/stats-base-dists-t-cdf'
import quantile from '@stdlib/stats-base-dists-t-quantile'
import { alternating } from './alternating.js'
import { lnNormalTail, normalQuantile } from './normal.js'

/** Below this, P(T > t) loses digits as a double and its logarithm is summed instead. */
const UNDERFLOWS = 1e-290

/**
 * ln P(T > t) for Student's t of `df` > 0 degrees of freedom, the normal's where df is Infinity. About 1e-14 absolute
 * and, where it is small, relative; checked against mpmath for df 1 to 1e12 and t to 40.
 */
export function lnStudentTail(t: number, df: number): number {
  if (df === Infinity) return lnNormalTail(t)
  if (t < 0) return Math.log1p(-cdf(t, df))
  const tail = cdf(-t, df)
  return tail > UNDERFLOWS ? Math.log(tail) : lnFarTail(t, df)
}

/**
 * The tail as I_x(a, 1/2) / 2 with a = df/2 and x = df / (df + t²), by the series of its hypergeometric factor after
 * Pfaff's transformation, sum of (1/2)_k / (a + 1)_k · (−df / t²)^k (DLMF 8.17.8 and 15.8.1): a few terms so far out.
 */
function lnFarTail(t: number, df: number): number {
  const a = df / 2
  const ratio = df / t / t
  // x^a (1 − x)^(1/2) / (1 − x), where 1 − x = 1 / (1 + df/t²).
  const power = -a * Math.log1p(1 / ratio) + Math.log1p(ratio) / 2
  return power + Math.log(alternating((k) => (ratio * (k + 0.5)) / (a + 1 + k))) - Math.log(2 * a) - betaln(a, 0.5)
}

/** The t with P(T > t) = `tail`, for tail in (0, 1). About 1e-12 relative for tails to 0.4 and df to 1e12. */
export function studentQuantile(tail: number, df: number): number {
  if (df === Infinity) return normalQuantile(tail)
  return tail > 0.5 ? quantile(1 - tail, df) : -quantile(tail, df)
}
