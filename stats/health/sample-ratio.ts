import gammainc from '@stdlib/math-base-special-gammainc'
import { sumOf } from '../sum.js'
import { arms } from './arms.js'

export interface SampleRatio {
  chiSquared: number
  degreesOfFreedom: number
  /** Probability of shares at least this far off by chance; 1 where there is nothing to compare. */
  pValue: number
}

/**
 * Pearson's chi-square of users per branch against the shares they were to get (Fabijan et al. 2019, section 2).
 * Branches of weight 0 are left out of the expectation: no one is meant to be in them.
 * The p-value is the regularised upper incomplete gamma function itself, never 1 − cdf; about 1e-13 relative.
 */
export function sampleRatio(observed: readonly number[], weights: readonly number[]): SampleRatio {
  const meant = arms(observed, weights)
  const users = sumOf(meant, ({ n }) => n)
  const degreesOfFreedom = Math.max(0, meant.length - 1)
  if (degreesOfFreedom === 0 || users === 0) return { chiSquared: 0, degreesOfFreedom, pValue: 1 }
  const chiSquared = sumOf(meant, ({ n, share }) => (n - users * share) ** 2 / (users * share))
  return { chiSquared, degreesOfFreedom, pValue: gammainc(chiSquared / 2, degreesOfFreedom / 2, true, true) }
}
