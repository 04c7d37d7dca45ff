import { type None, none } from '../none.js'
import { answer, type Evidence, evidence, type Interval, notRejected, type Tuning, weight } from './evidence.js'
import { lnMixture } from './mixture.js'

/** The least weight of a prior, for plans of so few observations that the tuning leaves none. */
const LEAST = 1e-3

/**
 * ln e-value of `successes` of `n` against a probability p in (0, 1): the two-sided beta-binomial mixture (Howard et
 * al. 2021, arXiv 1810.08240), its prior Beta(w p, w (1 − p)). Convex in p and in `successes`.
 */
export function lnBernoulli(successes: number, n: number, p: number, tuning: Tuning): number {
  const prior = Math.max(weight(tuning) - 1, LEAST)
  const outcome = (n: number, share: number) => ({ n, share, prior: prior * share })
  return lnMixture([outcome(successes, p), outcome(n - successes, 1 - p)])
}

const possible = (successes: number, n: number) => successes >= 0 && successes <= n

/**
 * Evidence of `successes` of `n` independent trials against a probability in (0, 1), exact at every look; trials may be
 * any values in [0, 1] of that mean. ln e within 1e-10 absolute. `out-of-range` for counts or options that cannot be.
 */
export function bernoulliEvidence(successes: number, n: number, p: number, tuning: Tuning): Evidence | None {
  const asked = p > 0 && p < 1 && possible(successes, n)
  return answer(asked, tuning, () => evidence(lnBernoulli(successes, n, p, tuning)))
}

/**
 * Exact confidence sequence of a probability: all p that `bernoulliEvidence` does not reject at alpha. An end is 0 or 1
 * where no more can be said. Ends within 1e-10 of their size plus the width. `insufficient` before the first trial.
 */
export function bernoulliInterval(successes: number, n: number, tuning: Tuning): Interval | None {
  if (n === 0) return none('insufficient')
  const lnE = (p: number) => lnBernoulli(successes, n, p, tuning)
  return answer(possible(successes, n), tuning, () => notRejected(lnE, successes / n, 1, tuning))
}
