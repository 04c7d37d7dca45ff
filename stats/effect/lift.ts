import type { Estimate } from '../estimate/estimate.js'
import { type None, none } from '../none.js'
import { type Effect, sumDf } from './effect.js'

/**
 * Treatment less control as a share of |control|, by the delta method (Deng et al. 2018, section 3.1): positive where
 * the treatment is the greater, whatever the control's sign. `covariance` as in `difference`. `zero-baseline` where the
 * share is not a finite number, `no-variance` where both estimates are exact. Rough where the control is within a few
 * standard errors of 0: see `fieller`.
 */
export function lift(control: Estimate | None, treatment: Estimate | None, covariance = 0): Effect | None {
  if (control.kind === 'none') return none(control.reason)
  if (treatment.kind === 'none') return none(treatment.reason)
  const ratio = treatment.value / control.value
  return asShare(control, treatment, treatment.variance + ratio * (ratio * control.variance - 2 * covariance))
}

/** The lift whose variance, times the control's value squared, is known. */
export function asShare(control: Estimate, treatment: Estimate, variance: number): Effect | None {
  const base = Math.abs(control.value)
  const value = (treatment.value - control.value) / base
  const standardError = Math.sqrt(variance) / base
  if (!Number.isFinite(value) || standardError === Infinity) return none('zero-baseline')
  if (!(standardError > 0)) return none('no-variance', value)
  return { kind: 'effect', value, standardError, df: sumDf([control, treatment]), n: control.n + treatment.n }
}
