import type { None } from '../none.js'
import { answer, type Evidence, evidence, type Interval, notRejected, type Tuning, weight } from './evidence.js'
import { lnGammaAbout } from './mixture.js'

/** Events seen over an exposure: hours, requests, users at risk. */
export interface Count {
  readonly events: number
  readonly exposure: number
}

/** ln e-value against a rate, the alternatives mixed by a gamma prior of that mean; convex in the rate. */
function lnPoisson({ events, exposure }: Count, rate: number, tuning: Tuning): number {
  const prior = weight(tuning)
  return lnGammaAbout(prior * rate + events, (prior + exposure) * rate) - lnGammaAbout(prior * rate, prior * rate)
}

const possible = ({ events, exposure }: Count) => events >= 0 && exposure > 0 && exposure < Infinity

/**
 * Evidence of a count against a Poisson rate above 0, exact at every look: the gamma–Poisson mixture (Howard et al.
 * 2021, arXiv 1810.08240, here two-sided). `planned` is an exposure. ln e within 1e-10 absolute or relative as long as
 * the exposure is at least 1e-6 of it. `out-of-range` for what cannot be.
 */
export function poissonEvidence(count: Count, rate: number, tuning: Tuning): Evidence | None {
  return answer(rate > 0 && possible(count), tuning, () => evidence(lnPoisson(count, rate, tuning)))
}

/** Exact confidence sequence of a Poisson rate: all rates that `poissonEvidence` does not reject at alpha. */
export function poissonInterval(count: Count, tuning: Tuning): Interval | None {
  const lnE = (rate: number) => lnPoisson(count, rate, tuning)
  return answer(possible(count), tuning, () => notRejected(lnE, count.events / count.exposure, Infinity, tuning))
}
