import type { Effect } from '../effect/effect.js'
import { type Inference, type InferenceOptions, interval, towards } from '../inference.js'
import type { None } from '../none.js'
import { lnNormalTail } from '../tail/normal.js'
import { crossing } from './crossing.js'
import { answer, evidence, weight } from './evidence.js'

export interface ConfidenceSequence extends Inference {
  /** ln of the e-value: the mixture itself. */
  readonly lnE: number
}

/**
 * ln of the normal mixture at a z-score, its prior `ratio` times as wide as the estimate's own variance: two-sided, or
 * of its half above 0 (Howard et al. 2021, arXiv 1810.08240, eq. 14 and Proposition 6).
 */
export function lnNormalMixture(z: number, ratio: number, oneSided: boolean): number {
  const x = z * Math.sqrt(ratio / (1 + ratio))
  return (x * x - Math.log1p(ratio)) / 2 + (oneSided ? Math.LN2 + lnNormalTail(-x) : 0)
}

/** The z-score at which the mixture reaches 1 / alpha. */
export function mixtureBound(ratio: number, alpha: number, oneSided: boolean): number {
  const z = Math.sqrt((1 + 1 / ratio) * (Math.log1p(ratio) - 2 * Math.log(alpha)))
  // The half's mixture is at most twice the whole's, and above it wherever z > 0.
  return oneSided ? crossing((z) => lnNormalMixture(z, ratio, true) + Math.log(alpha), 0, z) : z
}

/** The prior's variance over the estimate's among `n` users. One side is tuned as two would be at twice the alpha. */
export const priorRatio = (n: number, alpha: number, planned: number, oneSided: boolean): number =>
  n / weight({ alpha: oneSided ? Math.min(2 * alpha, 0.999) : alpha, planned })

/**
 * Asymptotic confidence sequence of an effect, valid at every look once branches are large enough for their means to be
 * normal (Waudby-Smith et al. 2024, arXiv 2103.06476, Theorem 2.2), with its always-valid p-value: below alpha exactly
 * where the interval leaves out 0. `planned`: users of both branches at which it is sharpest, chosen before the first
 * look. Information must grow with users: under weights that move it rejects up to 5.7 % at an alpha of 5 %. Its width hardly changes within a factor of ten. `out-of-range` for what cannot be.
 */
export function confidenceSequence(
  effect: Effect | None,
  options: InferenceOptions & { planned?: number } = {},
): ConfidenceSequence | None {
  const { alpha = 0.05, alternative = 'two-sided', planned = 5_000 } = options
  if (effect.kind === 'none') return effect
  const { value, standardError, n } = effect
  const oneSided = alternative !== 'two-sided'
  return answer(true, { alpha, planned }, () => {
    const ratio = priorRatio(n, alpha, planned, oneSided)
    const z = towards(value / standardError, alternative)
    const reach = mixtureBound(ratio, alpha, oneSided) * standardError
    return {
      ...evidence(lnNormalMixture(z, ratio, oneSided)),
      kind: 'inference',
      effect: value,
      ci: interval(value, reach, alternative),
    }
  })
}
