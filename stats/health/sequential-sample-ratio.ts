import { type Evidence, evidence } from '../anytime/evidence.js'
import { lnMixture } from '../anytime/mixture.js'
import { sumOf } from '../sum.js'
import { arms } from './arms.js'

/** A stretch of a test in which its weights did not change. */
export interface Phase {
  /** First exposures in it, by branch. */
  readonly users: readonly number[]
  /** On any scale; 0 for a branch that no one is meant to be in, which is left out. */
  readonly weights: readonly number[]
}

/**
 * Evidence that users are not split as the weights say, exact at every look (Lindon and Malek 2022, arXiv 2011.03567):
 * in each phase a Dirichlet–multinomial mixture centred on its weights, multiplied over phases. `concentration`, above 0: how
 * near the weights, in users, the alternatives lie; 10,000 suits shares off by about half a point. No evidence (ln e =
 * 0) where there is nothing to compare.
 */
export function sequentialSampleRatio(phases: readonly Phase[], concentration = 10_000): Evidence {
  const lnE = ({ users, weights }: Phase) =>
    lnMixture(arms(users, weights).map((arm) => ({ ...arm, prior: arm.share * concentration })))
  return evidence(sumOf(phases, lnE))
}
