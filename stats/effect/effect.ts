import type { Estimate } from '../estimate/estimate.js'
import { sumOf } from '../sum.js'

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

/**
 * Degrees of freedom of a sum of independent variances (Satterthwaite 1946; of two, Welch 1947, eq. 28), by shares so
 * that no square overflows.
 */
export function sumDf(variances: readonly Pick<Estimate, 'variance' | 'df'>[]): number {
  const total = sumOf(variances, ({ variance }) => variance)
  return 1 / sumOf(variances, ({ variance, df }) => (variance === 0 ? 0 : (variance / total) ** 2 / df))
}
