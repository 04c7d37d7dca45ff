import { covarianceOfMeans, type Joint } from '../joint.js'
import { type None, none } from '../none.js'
import type { Estimate } from './estimate.js'

/** Gradient of numerator / denominator with respect to both means. */
export const ratioGradient = (numerator: number, denominator: number): readonly number[] => [
  1 / denominator,
  -numerator / denominator / denominator,
]

/**
 * Ratio of two sums over users, such as clicks per page view, with its variance by the delta method, so that a user's
 * many events are not taken for independent ones (Deng et al. 2018, arXiv 1803.06336). Variables: numerator,
 * denominator. Biased by about 1/n; rough where the denominator's mean is within a few standard errors of 0.
 * `insufficient` below two users or where the denominators add up to 0.
 */
export function ratio(joint: Joint): Estimate | None {
  const { n } = joint
  const [numerator = 0, denominator = 0] = joint.means
  const value = numerator / denominator
  if (!(Number.isFinite(value) && n > 1)) return none('insufficient', Number.isFinite(value) ? value : null)
  return {
    ...{ kind: 'estimate', value, df: n - 1, n },
    variance: covarianceOfMeans(joint, ratioGradient(numerator, denominator)),
  }
}
