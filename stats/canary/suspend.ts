import { type EProcess, lnWealth } from './e-process.js'
import { betLikelihood, likelihood } from './likelihood.js'
import { absolute, type Closed, type Limits, relative } from './stratum.js'

/** Evidence from single requests that a canary is bad: within seconds, but fooled by clusters. */
export interface Suspicion {
  readonly relative: EProcess
  readonly floor: EProcess
}

/** Before the first stratum, and again whenever a suspended canary resumes. */
export const noSuspicion: Suspicion = { relative: likelihood, floor: likelihood }

/** The evidence after what has closed. */
export const suspect = ({ relative: process, floor }: Suspicion, { requests }: Closed, limits: Limits): Suspicion => ({
  relative: betLikelihood(process, relative(requests, limits)),
  floor: betLikelihood(floor, absolute(requests?.canary, limits)),
})

/** ln e-value against a canary within the margin or below the floor: the smaller, so that three errors beside none weigh little. */
export const lnSuspicion = (suspicion: Suspicion): number => Math.min(...Object.values(suspicion).map(lnWealth))
