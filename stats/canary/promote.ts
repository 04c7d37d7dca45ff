import { betBlock, blockBets } from './block-bets.js'
import { lnMean } from './combine.js'
import { type EProcess, lnWealth } from './e-process.js'
import { betLikelihood, likelihood } from './likelihood.js'
import { absolute, type Closed, type Limits, relative, reversed } from './stratum.js'

/** Evidence that a canary is not worse than a margin: the bets of suspicion and harm, on the other side. */
export interface Safety {
  readonly requests: EProcess
  readonly users: EProcess
  readonly blocks: EProcess
  /** That it is below the floor: a spotless canary beside a spotless control proves nothing else. */
  readonly floor: EProcess
}

/** Before the first stratum of a phase; the margin may change with it. */
export const noSafety: Safety = { requests: likelihood, users: likelihood, blocks: blockBets, floor: likelihood }

/** The evidence after what has closed. `limits.margin` is the step's. */
export const safety = ({ requests, users, blocks, floor }: Safety, closed: Closed, limits: Limits): Safety => ({
  requests: betLikelihood(requests, reversed(relative(closed.requests, limits))),
  users: betLikelihood(users, reversed(relative(closed.users, limits))),
  blocks: betBlock(blocks, reversed(relative(closed.block, limits))),
  floor: betLikelihood(floor, reversed(absolute(closed.requests?.canary, limits))),
})

/**
 * ln e-value against a canary at least (1 + margin) times as bad as the control and not below the floor: the mean of that
 * against either. A step takes the smaller of requests' and users' evidence, minutes of data; `full`, the step to
 * everyone, the blocks' too, which alone survive sick instances and users who differ much in what they meet.
 */
export function lnSafety({ requests, users, blocks, floor }: Safety, full: boolean): number {
  const least = Math.min(lnWealth(requests), lnWealth(users), lnWealth(full ? blocks : users))
  return lnMean([least, lnWealth(floor)])
}
