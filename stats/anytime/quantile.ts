import type { None } from '../none.js'
import { lnBernoulli } from './bernoulli.js'
import { answer, type Interval, notRejected, type Tuning } from './evidence.js'

const possible = (p: number, n: number) => p > 0 && p < 1 && n >= 0

/**
 * Confidence sequence of the p-quantile of n independent users, for one p chosen before the first look: exact for every
 * distribution, ties included (Howard and Ramdas 2022, arXiv 1906.09712, Theorem 1 with the beta-binomial mixture).
 * Answers with the ranks, from 1, of the users between whose values it lies, 0 for −∞ and n + 1 for ∞: a histogram
 * turns them into the lower edge of the first's cell and the upper edge of the second's. `out-of-range` for a p outside
 * (0, 1).
 */
export function quantileRanks(p: number, n: number, tuning: Tuning): Interval | None {
  return answer(possible(p, n), tuning, () => {
    const [low, high] = notRejected((below) => lnBernoulli(below, n, p, tuning), n * p, n, tuning)
    return [Math.ceil(low), Math.floor(high) + 1]
  })
}

/** 2ζ (2ζ + 1) with ζ = ζ(1.4): what the sums over epochs and over the grid of quantiles cost. */
const SUMS = 44.788790138971

/**
 * How far above n p the number of users at or below the p-quantile may be, for all p and n at once (Howard and Ramdas
 * 2022, Theorem 3, with the paper's η = 2, s = 1.4 and δ = 1/2).
 */
export function stitchedReach(p: number, n: number, { alpha = 0.05, planned }: Tuning): number {
  const logit = Math.log(p / (1 - p))
  const epochs = Math.max(n / planned, 1)
  const near = p >= 0.5 ? p : Math.min(0.5, 1 / (1 + Math.exp(-logit - Math.sqrt(2 / epochs))))
  const variance = near * (1 - near) * epochs
  const cells = Math.sqrt(epochs) * Math.abs(logit) + 1
  const level = 1.4 * Math.log((1 + Math.log2(epochs)) * cells) + Math.log(SUMS / alpha)
  const skew = ((Math.SQRT2 + 1) / 6) * (1 - 2 * p) * level
  // The factor is (2^¼ + 2^−¼)² / 2.
  const spread = (Math.SQRT2 + 2 + Math.SQRT1_2) / 2
  return Math.sqrt(variance / 2) + Math.sqrt(spread * variance * planned * level + skew * skew) + skew
}

/** The same ranks, right for all quantiles at once, so that any may be picked after looking; wider than for one. */
export function everyQuantileRanks(p: number, n: number, tuning: Tuning): Interval | None {
  return answer(possible(p, n), tuning, () => {
    const low = Math.floor(n * p - stitchedReach(1 - p, n, tuning)) + 1
    return [Math.max(0, low), Math.min(n + 1, Math.ceil(n * p + stitchedReach(p, n, tuning)))]
  })
}
