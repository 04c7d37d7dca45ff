import gammaln from '@stdlib/math-base-special-gammaln'
import { sumOf } from '../sum.js'

/** From here on three terms of Stirling's series leave less than 1e-15. */
const LARGE = 50

/** ln Γ(a) − a ln a + a. */
function lnGammaRest(a: number): number {
  if (a < LARGE) return gammaln(a) - a * Math.log(a) + a
  const square = a * a
  return Math.log((2 * Math.PI) / a) / 2 + (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / a
}

/** a ln(a / m) − a + m, which is at least 0 and near 0 where a is near m. */
function deviance(a: number, m: number): number {
  const v = (a - m) / (a + m)
  return Math.abs(v) > 0.5 ? a * Math.log(a / m) - a + m : (a - m) * v + 2 * a * (Math.atanh(v) - v)
}

/** ln Γ(a) − a ln m + m for a, m > 0: summed so that nothing of the size of a is ever subtracted from its like. */
export const lnGammaAbout = (a: number, m: number): number => lnGammaRest(a) + deviance(a, m)

/** One outcome of a multinomial: its count, its share under the null, its weight in the prior (both above 0). */
export interface Outcome {
  readonly n: number
  readonly share: number
  readonly prior: number
}

/**
 * ln e-value of counts against multinomial shares that add up to 1 (0 where there are none), the alternatives mixed by
 * a Dirichlet prior: the Dirichlet–multinomial over the multinomial likelihood (Lindon and Malek 2022, arXiv
 * 2011.03567). About 1e-10 absolute for counts up to 1e12, better for smaller ones.
 */
export function lnMixture(outcomes: readonly Outcome[]): number {
  const lnBeta = (weight: (outcome: Outcome) => number) => {
    const total = sumOf(outcomes, weight)
    return sumOf(outcomes, (o) => lnGammaAbout(weight(o), total * o.share)) - lnGammaAbout(total, total)
  }
  return outcomes.length === 0 ? 0 : lnBeta(({ n, prior }) => prior + n) - lnBeta(({ prior }) => prior)
}
