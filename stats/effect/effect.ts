import type { Estimate } from '../estimate/estimate.js'

/** What the treatment changes, with its uncertainty: all that a method of inference needs. */
export interface Effect {
  readonly kind: 'effect'
  /** Positive where the treatment's value is the greater. */
  readonly value: number
  /** Above 0. */
  readonly standardError: number
  /** Welch–Satterthwaite degrees of freedom; Infinity where the variances are taken as known. */
  readonly df: number
  /** Users of both branches. */
  readonly n: number
}

/** Degrees of freedom of the sum of two variances (Welch 1947, eq. 28), by shares so that no square overflows. */
export function welchDf(control: Estimate, treatment: Estimate): number {
  const total = control.variance + treatment.variance
  const [c, t] = [control.variance / total, treatment.variance / total]
  return 1 / ((c * c) / control.df + (t * t) / treatment.df)
}
