import { type None, none } from '../none.js'
import { crossing } from './crossing.js'

/** Evidence against a null, valid whenever one looks. */
export interface Evidence {
  readonly kind: 'evidence'
  /** ln of the e-value, whose expectation under the null is at most 1 at any stopping time (Ville 1939). */
  readonly lnE: number
  /** ln of the always-valid p-value, 1 / e. */
  readonly lnP: number
  readonly pValue: number
}

/** Evidence of an ln e-value: its always-valid p is 1 / e, at most 1. */
export function evidence(lnE: number): Evidence {
  const lnP = 0 - Math.max(0, lnE)
  return { kind: 'evidence', lnE, lnP, pValue: Math.exp(lnP) }
}

export interface Tuning {
  /** In (0, 1); 0.05 if not given. */
  readonly alpha?: number
  /** The sample at which the method is to be sharpest, above 0; chosen before the first look, and never a limit. */
  readonly planned: number
}

export type Interval = readonly [number, number]

/** The answer where what was asked and its tuning are possible. */
export const answer = <T>(possible: boolean, { alpha = 0.05, planned }: Tuning, find: () => T): T | None =>
  possible && alpha > 0 && alpha < 1 && planned > 0 && planned < Infinity ? find() : none('out-of-range')

/**
 * The prior's weight, in observations, that makes the bound narrowest at `planned` (Howard et al. 2021, section 3.5).
 */
export function weight({ alpha = 0.05, planned }: Tuning): number {
  const doubled = -2 * Math.log(alpha)
  return planned / (doubled + Math.log1p(doubled))
}

/** Around `inside`, from 0 to `most`: the values whose e-value, convex in them, stays below 1 / alpha. */
export function notRejected(
  lnE: (x: number) => number,
  inside: number,
  most: number,
  { alpha = 0.05 }: Tuning,
): Interval {
  const excess = (x: number) => lnE(x) + Math.log(alpha)
  return [crossing(excess, inside, 0), crossing(excess, inside, most)]
}
