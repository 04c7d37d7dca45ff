import { difference } from '../effect/difference.js'
import type { Effect } from '../effect/effect.js'
import type { Estimate } from '../estimate/estimate.js'
import { tTest } from '../fixed/t-test.js'
import type { Inference } from '../inference.js'
import { holm } from '../multiplicity/holm.js'
import type { None } from '../none.js'

export interface Imbalance {
  readonly inference: Inference | None
  /** ln of the p-value adjusted for all the covariates (Holm); null where there is no answer. */
  readonly lnP: number | null
}

/**
 * Whether covariates from before the test differ between two branches, as they cannot by its effect: pairs of control's
 * and treatment's estimates, in whose order the answers come. `infer` by a confidence sequence where looks repeat.
 */
export function imbalance(
  covariates: readonly (readonly [Estimate | None, Estimate | None])[],
  infer: (effect: Effect | None) => Inference | None = tTest,
): Imbalance[] {
  const inferences = covariates.map(([control, treatment]) => infer(difference(control, treatment)))
  const adjusted = holm(inferences.map((inference) => (inference.kind === 'none' ? null : inference.lnP)))
  return inferences.map((inference, i) => ({ inference, lnP: adjusted[i]! }))
}
