import { betBlock, blockBets } from './block-bets.js'
import { betBoth, betUsers, lnBoth, noPair, type Pair } from './pair.js'
import type { Closed, Limits } from './stratum.js'

/** Evidence that a canary is bad, which clusters do not fool. */
export interface Harm {
  /** By users' first bad events: the any-time log-rank test. Instances fool it, retries do not. */
  readonly users: Pair
  /** By blocks. Users who stay bad fool it, instances and retries do not. */
  readonly blocks: Pair
}

/** Before the first stratum of a rollout. It goes on through all phases, whatever their weights. */
export const noHarm: Harm = { users: noPair, blocks: { relative: blockBets, floor: blockBets } }

/** The evidence after what has closed. */
export const harm = ({ users, blocks }: Harm, closed: Closed, limits: Limits): Harm => ({
  users: betUsers(users, closed, limits),
  blocks: betBoth(blocks, betBlock, closed.block, closed.block?.canary, limits),
})

/**
 * ln e-value against a canary within the margin or below the floor: the smallest, valid where bad clusters by user and
 * retry, or by instance. Some minutes slower than suspicion, as no block gains more than ln (1 / q).
 */
export const lnHarm = ({ users, blocks }: Harm): number => Math.min(lnBoth(users), lnBoth(blocks))
