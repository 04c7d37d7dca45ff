import type { Effect } from '../effect/effect.js'
import { interval } from '../inference.js'
import { type None, none } from '../none.js'
import { lnNormalTail, normalDensity, normalQuantile } from '../tail/normal.js'

/** What is believed of an effect before the test: Gaussian, in the effect's own unit; flat with infinite variance. */
export interface Prior {
  readonly mean: number
  readonly variance: number
}

/**
 * The same belief in another unit: a prior of lifts `by` the control's value is one of differences, a prior of
 * differences by 1 over it one of lifts.
 */
export const rescaled = ({ mean, variance }: Prior, by: number): Prior => ({
  mean: mean * Math.abs(by),
  variance: variance * by * by,
})

export interface Posterior {
  readonly kind: 'posterior'
  readonly mean: number
  readonly standardDeviation: number
  /** Probability that the effect is above 0. */
  readonly chanceToWin: number
  /** Expected loss by choosing that branch, in the effect's unit. */
  readonly expectedLoss: { readonly control: number; readonly treatment: number }
  /** Central, of probability 1 − alpha. */
  readonly ci: readonly [number, number]
}

export interface PosteriorOptions {
  readonly prior?: Prior
  /** In (0, 1). */
  readonly alpha?: number
}

/** E max(0, X) of a Gaussian X, the unit normal loss (DeGroot 1970); about 1e-10 relative to 38 sigma below 0. */
function expectedGain(mean: number, sd: number): number {
  const z = mean / sd
  return Math.max(0, sd * normalDensity(z) + mean * Math.exp(lnNormalTail(-z)))
}

/**
 * Gaussian posterior of an effect (conjugate, variance known; Gelman et al. 2013, section 2.5), its degrees of freedom
 * not considered: from some dozens of users on. `out-of-range` for an alpha outside (0, 1) or a variance not above 0.
 */
export function posterior(effect: Effect | None, options: PosteriorOptions = {}): Posterior | None {
  const { prior = { mean: 0, variance: Infinity }, alpha = 0.05 } = options
  if (effect.kind === 'none') return effect
  if (!(alpha > 0 && alpha < 1 && prior.variance > 0)) return none('out-of-range', effect.value)
  const seen = effect.standardError ** 2
  const mean = effect.value / (1 + seen / prior.variance) + prior.mean / (1 + prior.variance / seen)
  const standardDeviation = effect.standardError / Math.sqrt(1 + seen / prior.variance)
  return {
    kind: 'posterior',
    mean,
    standardDeviation,
    chanceToWin: Math.exp(lnNormalTail(-mean / standardDeviation)),
    expectedLoss: {
      control: expectedGain(mean, standardDeviation),
      treatment: expectedGain(-mean, standardDeviation),
    },
    ci: interval(mean, normalQuantile(alpha / 2) * standardDeviation, 'two-sided'),
  }
}
