import { type EProcess, lnWealth } from './e-process.js'
import { betLikelihood, likelihood } from './likelihood.js'
import { absolute, type Closed, type Counts, type Limits, relative, type Stratum, type Trial } from './stratum.js'

/** One question asked twice: whether the canary is worse than the control, and whether it is over the floor. */
export interface Pair {
  readonly relative: EProcess
  readonly floor: EProcess
}

/** Before the first stratum. */
export const noPair: Pair = { relative: likelihood, floor: likelihood }

type Bet = (process: EProcess, trial: Trial | null) => EProcess

/** Bets on both: on the branches' counts, and on the canary's alone. */
export const betBoth = (
  pair: Pair,
  bet: Bet,
  stratum: Stratum | undefined,
  canary: Counts | undefined,
  limits: Limits,
): Pair => ({
  relative: bet(pair.relative, relative(stratum, limits)),
  floor: bet(pair.floor, absolute(canary, limits)),
})

/** By users' first bad events: these are fewer than bad requests, so a rate of them over the floor says it of the requests. */
export const betUsers = (pair: Pair, { requests, users }: Closed, limits: Limits): Pair =>
  betBoth(
    pair,
    betLikelihood,
    users,
    // Counts that are not there are impossible, and nothing is bet.
    { total: requests?.canary.total, bad: users?.canary.bad } as Counts,
    limits,
  )

/** ln e-value against a canary within the margin or below the floor: the smaller, so that three errors beside none weigh little. */
export const lnBoth = ({ relative, floor }: Pair): number => Math.min(lnWealth(relative), lnWealth(floor))
