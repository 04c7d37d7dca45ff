import type { Estimate } from '../estimate/estimate.js'
import { type None, none } from '../none.js'
import { type Effect, sumDf } from './effect.js'

/**
 * Treatment less control, in the metric's unit. `covariance` is that of the two estimates, 0 for separate users.
 * `no-variance` where both are exact.
 */
export function difference(control: Estimate | None, treatment: Estimate | None, covariance = 0): Effect | None {
  const apart = control.value === null || treatment.value === null ? null : treatment.value - control.value
  if (control.kind === 'none') return none(control.reason, apart)
  if (treatment.kind === 'none') return none(treatment.reason, apart)
  const variance = control.variance + treatment.variance - 2 * covariance
  if (!(variance > 0)) return none('no-variance', apart)
  return {
    kind: 'effect',
    value: apart!,
    standardError: Math.sqrt(variance),
    df: sumDf([control, treatment]),
    n: control.n + treatment.n,
  }
}
