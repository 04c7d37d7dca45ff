export type Alternative = 'two-sided' | 'greater' | 'less'

/** What a method concludes of an effect: the fixed horizon's and the any-time methods' common form. */
export interface Inference {
  readonly kind: 'inference'
  readonly effect: number
  readonly pValue: number
  /** ln of the p-value, exact where the p-value itself underflows to 0. */
  readonly lnP: number
  /** The values not rejected at alpha; an end is infinite where the alternative is one-sided. */
  readonly ci: readonly [number, number]
}

export interface InferenceOptions {
  /** In (0, 1). */
  alpha?: number
  /** `greater`: that the effect is above 0. */
  alternative?: Alternative
}

/** The values within `reach` of the effect, on the sides that the alternative leaves open. */
export function interval(value: number, reach: number, alternative: Alternative): readonly [number, number] {
  return [alternative === 'less' ? -Infinity : value - reach, alternative === 'greater' ? Infinity : value + reach]
}

/** How far a z-score lies on the side of the alternative. */
export function towards(z: number, alternative: Alternative): number {
  return alternative === 'two-sided' ? Math.abs(z) : alternative === 'less' ? -z : z
}
