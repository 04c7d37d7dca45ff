import { begin, bet, type EProcess } from './e-process.js'
import type { Trial } from './stratum.js'

/** ρ − 1 of the ratios of odds bet on, closest around ρ = 3. All ρ are over the null’s 1: one under it would convict the healthy. */
const EXCESSES = [0.125, 0.25, 0.5, 1, 1.7, 2, 2.4, 4, 16]

/** Before the first stratum. */
export const likelihood: EProcess = begin(EXCESSES.length)

/**
 * Bets a stratum by the likelihood ratio of binomial hits, at odds ρ times the null's against the null's: ρ^hits /
 * (1 + share (ρ − 1))^trials. With the canary's share of what was bad this is the conditional binomial of two Poisson
 * counts (Przyborowski and Wilenski 1940), and of users' first bad events the any-time log-rank test (ter Schure et al.,
 * arXiv 2011.06931). A lower share than the null's only lowers its expectation; drawing without replacement, as a finite
 * stratum does, spreads less than the binomial and keeps the bound (Hoeffding 1963, theorem 4).
 * Valid where hits do not come in clusters, given the strata before.
 */
export function betLikelihood(process: EProcess, trial: Trial | null): EProcess {
  if (trial === null) return process
  const { hits, trials, share } = trial
  return bet(
    process,
    EXCESSES.map((excess) => hits * Math.log1p(excess) - trials * Math.log1p(share * excess)),
  )
}
