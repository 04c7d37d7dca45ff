import { begin, bet, type EProcess } from './e-process.js'
import type { Trial } from './stratum.js'

/** Ratios of odds bet on. All are above the null's 1: a point under the margin would convict the healthy. */
const RATIOS = [-3, -2, -1, 0, 1, 2, 3, 4].map((power) => ({ excess: 2 ** power, ln: Math.log1p(2 ** power) }))

/** Before the first stratum. */
export const likelihood: EProcess = begin(RATIOS.length)

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
    RATIOS.map(({ excess, ln }) => hits * ln - trials * Math.log1p(share * excess)),
  )
}
