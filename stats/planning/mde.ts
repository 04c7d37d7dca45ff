import { type None, none } from '../none.js'
import { root } from '../root.js'
import type { Design } from './design.js'
import type { Spread } from './metric.js'
import { power } from './power.js'

/** Quarters of a standard error beyond which a larger effect is found no oftener. */
const MOST = 2 ** 12

/**
 * The least effect that a design finds among `n` users of both branches with that power: the inverse of `power`, about
 * 1e-9 relative; negative where `less` is tested. `out-of-range` for a power outside (alpha, 1) and where no effect that
 * the metric can have is large enough.
 */
export function mde(design: Design, n: number, spread: Spread, target = 0.8): number | None {
  const sign = design.alternative === 'less' ? -1 : 1
  // Infinite where the metric can have no such effect, so that the search stays below it.
  const short = (size: number) => {
    const found = power(design, n, sign * size, spread)
    return typeof found === 'number' ? found - target : Infinity
  }
  const { alpha = 0.05 } = design
  if (!(target > alpha && target < 1)) return none('out-of-range')
  // Up from a quarter of a standard error, which none would find.
  const least = spread(0) / Math.sqrt(n) / 4
  let size = least
  while (short(size) < 0 && size < least * MOST) size *= 2
  if (short(size) < 0) return none('out-of-range')
  const found = root(short, size / 2, size)
  return Math.abs(short(found)) < 1e-6 ? sign * found : none('out-of-range')
}
