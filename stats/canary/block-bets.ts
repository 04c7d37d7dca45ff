import { begin, bet, type EProcess } from './e-process.js'
import type { Trial } from './stratum.js'

/** Shares of the wealth put at risk in a block; below 1, so that no block takes all. */
const STAKES: readonly number[] = [0.3, 0.95]

/** Before the first block. */
export const blockBets: EProcess = begin(STAKES.length)

/**
 * Bets a block by 1 + λ (x − q) / q at each stake λ, where x is the share of hits and q the null's (Waudby-Smith and Ramdas
 * 2024, arXiv 2010.09686, section 4). What is inside a block may be clustered at will, such as one sick instance; assumed
 * is only that x, given the blocks before, is expected to be at most q. For the canary's share of what was bad this holds
 * where sickness ends with the block and meets each request alike: a canary on more of the instances than it has of the
 * requests needs totals counted in instances. Not for users who stay bad over blocks. A block gains at most ln (1 / q).
 */
export function betBlock(process: EProcess, trial: Trial | null): EProcess {
  if (trial === null) return process
  const excess = trial.hits / trial.trials / trial.share - 1
  return bet(
    process,
    STAKES.map((stake) => Math.log1p(stake * excess)),
  )
}
