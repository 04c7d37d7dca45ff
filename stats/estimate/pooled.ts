import type { None } from '../none.js'
import type { Estimate } from './estimate.js'

/**
 * The means of two branches for an any-time method, their difference at least as uncertain as if users varied alike in
 * both (Student's pooled variance): what is missing is added to the branch of fewer users. A few users who all did the
 * same say that they hardly vary, and looking again and again finds that moment: with 5 % of the users in the branch and 2 %
 * converting, 46 % of tests of nothing were called at alpha = 0.05; so, none. Equal branches are left as they are.
 */
export function pooledIfWider(
  control: Estimate | None,
  treatment: Estimate | None,
): readonly [Estimate | None, Estimate | None] {
  if (control.kind === 'none' || treatment.kind === 'none') return [control, treatment]
  const squares = (e: Estimate) => e.variance * e.n * (e.n - 1)
  const shared = (squares(control) + squares(treatment)) / (control.n + treatment.n - 2)
  const missing = shared / control.n + shared / treatment.n - control.variance - treatment.variance
  const widened = (e: Estimate) => ({ ...e, variance: e.variance + Math.max(0, missing) })
  return control.n < treatment.n ? [widened(control), treatment] : [control, widened(treatment)]
}
