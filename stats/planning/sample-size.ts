import { type None, none } from '../none.js'
import { root } from '../root.js'
import type { Design } from './design.js'
import type { Spread } from './metric.js'
import { power } from './power.js'

const STEP = Math.log(4)

/**
 * Users of both branches, not rounded, at which a design finds this effect with that power: the inverse of `power`, about
 * 1e-9 relative. `out-of-range` for a power outside (alpha, 1) or barely above alpha, an effect of 0 or on the side not
 * tested, and where no sample has that power.
 */
export function sampleSize(design: Design, effect: number, spread: Spread, target = 0.8): number | None {
  const { alpha = 0.05, alternative = 'two-sided' } = design
  const tested = alternative === 'two-sided' ? effect !== 0 : effect > 0 === (alternative === 'greater')
  const short = (lnUsers: number) => (power(design, Math.exp(lnUsers), effect, spread) as number) - target
  // From where the effect is a quarter of a standard error, up by fours, for power far beyond the answer is flat.
  let lnUsers = 2 * Math.log(spread(effect) / Math.abs(effect) / 4)
  if (!(tested && target > alpha && target < 1 && short(lnUsers) < 0)) return none('out-of-range')
  while (short(lnUsers) < 0) lnUsers += STEP
  return short(lnUsers) >= 0 ? Math.exp(root(short, lnUsers - STEP, lnUsers)) : none('out-of-range')
}
