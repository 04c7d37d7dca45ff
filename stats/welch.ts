import cdf from '@stdlib/stats-base-dists-t-cdf'
import quantile from '@stdlib/stats-base-dists-t-quantile'
import { type Moments, variance } from './moments.js'

export interface Estimate {
  kind: 'estimate'
  /** Treatment mean less control mean, in the unit of the values. */
  effect: number
  standardError: number
  t: number
  /** Welch–Satterthwaite degrees of freedom. */
  df: number
  /** Two-sided. */
  pValue: number
  ci: [number, number]
  /** The effect as a share of the control's mean; null where that mean is 0, or so near it that the share overflows. */
  relative: number | null
  relativeCi: [number, number] | null
}

/** Why there is no answer: fewer than two observations in a branch, or none of them differs. */
export interface NoEstimate {
  kind: 'none'
  reason: 'insufficient' | 'no-variance'
  effect: number | null
}

/**
 * Welch's test of two means with unequal variances, and the interval of level 1 − alpha (Welch 1947; degrees of
 * freedom by Satterthwaite 1946, eq. 17). The relative lift's standard error is the delta method's first order
 * (Deng, Knoblich and Lu 2018, section 3.1); it is poor when the control's mean is near 0.
 *
 * Domain: any finite moments, 0 < alpha < 1. p is twice the lower tail at −|t|, so it keeps its digits far out,
 * down to the least double. Error: that of the t distribution, about 1e-13 relative within 10 sigma.
 */
export function welch(control: Moments, treatment: Moments, { alpha = 0.05 } = {}): Estimate | NoEstimate {
  const varC = variance(control)
  const varT = variance(treatment)
  if (varC === null || varT === null)
    return { kind: 'none', reason: 'insufficient', effect: difference(control, treatment) }
  const c = varC / control.n
  const t = varT / treatment.n
  const standardError = Math.sqrt(c + t)
  const effect = treatment.mean - control.mean
  if (standardError === 0) return { kind: 'none', reason: 'no-variance', effect }
  const df = degreesOfFreedom(c, control.n, t, treatment.n)
  const statistic = effect / standardError
  const reach = -quantile(alpha / 2, df)
  const around = (middle: number, error: number): [number, number] => [middle - reach * error, middle + reach * error]
  const lift = relativeLift(control.mean, c, treatment.mean, t)
  return {
    kind: 'estimate',
    effect,
    standardError,
    t: statistic,
    df,
    pValue: 2 * cdf(-Math.abs(statistic), df),
    ci: around(effect, standardError),
    relative: lift?.relative ?? null,
    relativeCi: lift === null ? null : around(lift.relative, lift.error),
  }
}

/** Scaled by the larger of the two, so that tiny variances do not underflow when squared. */
function degreesOfFreedom(c: number, nC: number, t: number, nT: number): number {
  const scale = Math.max(c, t)
  const a = c / scale
  const b = t / scale
  return (a + b) ** 2 / ((a * a) / (nC - 1) + (b * b) / (nT - 1))
}

function relativeLift(meanC: number, c: number, meanT: number, t: number): { relative: number; error: number } | null {
  if (meanC === 0) return null
  const relative = (meanT - meanC) / meanC
  // Not a sum of squares: the squared ratio overflows long before the ratio, and then times c = 0 it is NaN.
  const error = Math.hypot(Math.sqrt(t), (meanT / meanC) * Math.sqrt(c)) / Math.abs(meanC)
  return Number.isFinite(relative) && Number.isFinite(error) ? { relative, error } : null
}

function difference(control: Moments, treatment: Moments): number | null {
  return control.n === 0 || treatment.n === 0 ? null : treatment.mean - control.mean
}
