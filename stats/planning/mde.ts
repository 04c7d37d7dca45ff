import { type None, none } from '../none.js'
import { root } from '../root.js'
import type { Design } from './design.js'
import type { Spread } from './metric.js'
import { power } from './power.js'

/**
 * The least effect that a design finds among `n` users of both branches with that power: the inverse of `power`, about
 * 1e-9 relative; negative where `less` is tested. `out-of-range` for a power outside (alpha, 1) and where no effect that
 * the metric can have is large enough.
 */
export function mde(design: Design, n: number, spread: Spread, target = 0.8): number | None {
  const sign = design.alternative === 'less' ? -1 : 1
  const short = (size: number) => (power(design, n, sign * size, spread) as number) - target
  const { alpha = 0.05 } = design
  if (!(target > alpha && target < 1)) return none('out-of-range')
  // Up from a quarter of a standard error, which none would find.
  let size = spread(0) / Math.sqrt(n) / 4
  while (short(size) < 0) size *= 2
  return short(size) >= 0 ? sign * root(short, size / 2, size) : none('out-of-range')
}
