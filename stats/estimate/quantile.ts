import { type None, none } from '../none.js'
import { normalQuantile } from '../tail/normal.js'
import type { Estimate } from './estimate.js'

/**
 * Of a sorted sample, at the quantile and to either side of it: the ranks to read, from 1, or the values read there.
 */
export interface Around {
  readonly low: number
  readonly at: number
  readonly high: number
}

/** Sides as far away as the ends of a 95 % interval. */
const REACH = normalQuantile(0.025)

/**
 * Where to read the p-quantile of `events` values and how steep it is there (Deng, Knoblich and Lu 2018, arXiv
 * 1803.06336, section 4). `share`: events at or under the quantile, by user: `ratio` of (those, all events), or
 * `proportion` where each user has one. `out-of-range` for a p outside (0, 1), `insufficient` for too few events to
 * reach to both sides.
 */
export function clusteredRanks(p: number, events: number, share: Estimate | None): Around | None {
  if (!(p > 0 && p < 1)) return none('out-of-range')
  if (share.kind === 'none') return share
  const reach = REACH * Math.sqrt(share.variance)
  const low = Math.floor(events * (p - reach))
  const high = Math.ceil(events * (p + reach))
  if (!(low >= 1 && high <= events)) return none('insufficient')
  return { low, at: Math.ceil(events * p), high }
}

/**
 * Quantile of events whose users are independent, its variance that of the share under it times the slope between the
 * two sides squared, which takes no density. `no-variance` where both sides read the same value: ties, or too coarse a
 * grid.
 */
export function quantile(ranks: Around, values: Around, events: number, share: Estimate): Estimate | None {
  const slope = ((values.high - values.low) / (ranks.high - ranks.low)) * events
  if (!(slope > 0)) return none('no-variance', values.at)
  return { ...share, value: values.at, variance: slope * slope * share.variance }
}
