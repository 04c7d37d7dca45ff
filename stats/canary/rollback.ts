import { betBlock, blockBets } from './block-bets.js'
import { type EProcess, lnWealth } from './e-process.js'
import { betLikelihood, likelihood } from './likelihood.js'
import { absolute, type Closed, type Counts, type Limits, relative } from './stratum.js'

/** Evidence that a canary is bad, which clusters do not fool: each question is asked of users and of blocks. */
export interface Harm {
  /** Worse than the control, by users' first bad events: the any-time log-rank test. Instances fool it, retries do not. */
  readonly users: EProcess
  /** Worse than the control, by blocks. Users who stay bad fool it, instances and retries do not. */
  readonly blocks: EProcess
  /** Over the floor, likewise. */
  readonly floorUsers: EProcess
  readonly floorBlocks: EProcess
}

/** Before the first stratum of a rollout. It goes on through all phases, whatever their weights. */
export const noHarm: Harm = { users: likelihood, blocks: blockBets, floorUsers: likelihood, floorBlocks: blockBets }

/** First bad events are fewer than bad requests, so a rate of them over the floor says it of the requests. */
const firsts = ({ requests, users }: Closed): Counts | undefined =>
  requests && users && { total: requests.canary.total, bad: users.canary.bad }

/** The evidence after what has closed. */
export const harm = ({ users, blocks, floorUsers, floorBlocks }: Harm, closed: Closed, limits: Limits): Harm => ({
  users: betLikelihood(users, relative(closed.users, limits)),
  blocks: betBlock(blocks, relative(closed.block, limits)),
  floorUsers: betLikelihood(floorUsers, absolute(firsts(closed), limits)),
  floorBlocks: betBlock(floorBlocks, absolute(closed.block?.canary, limits)),
})

/**
 * ln e-value against a canary within the margin or below the floor: the smallest, valid where bad clusters by user and
 * retry, or by instance. Some minutes slower than suspicion, as no block gains more than ln (1 / q).
 */
export const lnHarm = (harm: Harm): number => Math.min(...Object.values(harm).map(lnWealth))
