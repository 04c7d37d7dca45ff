import { passing, start, surviving } from '../anytime/brownian.js'
import { type None, none } from '../none.js'
import { boundsOf, type Design } from './design.js'
import type { Spread } from './metric.js'

/**
 * Probability that a design rejects at some look of a sample of `n` users of both branches, if the effect is this large:
 * the crossing of its own boundary by a Brownian motion with drift (Jennison and Turnbull 2000, chapter 19). Normal
 * approximation: from about a hundred users on. An any-time test is taken to be looked at always. For
 * non-inferiority, `greater` and the effect plus the margin. `out-of-range` for what cannot be.
 */
export function power(design: Design, n: number, effect: number, spread: Spread): number | None {
  const bounds = boundsOf(design, n)
  if ('kind' in bounds) return bounds
  const sign = design.alternative === 'less' ? -1 : 1
  const drift = (sign * effect * Math.sqrt(n)) / spread(effect)
  if (Number.isNaN(drift)) return none('out-of-range')
  let [crossed, paths] = [0, start]
  for (const [i, bound] of bounds.entries()) {
    const { information, lower, upper } = bound
    crossed += passing(paths, information, upper, 1, drift) + passing(paths, information, lower, -1, drift)
    paths = surviving(paths, bound, bounds[i + 1]?.information, drift)
  }
  return Math.min(1, crossed)
}
