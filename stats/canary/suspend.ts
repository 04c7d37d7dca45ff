import { lnMean } from './combine.js'
import { betLikelihood } from './likelihood.js'
import { betBoth, betUsers, lnBoth, noPair, type Pair } from './pair.js'
import type { Closed, Limits } from './stratum.js'

/** Evidence within seconds that a canary is bad: from single requests, which clusters fool, and from users' first bad events. */
export interface Suspicion {
  readonly requests: Pair
  readonly users: Pair
  /** Weight of what requests say, where that of users is 1. */
  readonly trust: number
}

/** Before the first stratum: by requests, which are fastest. */
export const noSuspicion: Suspicion = { requests: noPair, users: noPair, trust: 1e9 }

/** Whenever a suspended canary resumes: by users, as requests may have been fooled, unless these leave no doubt. */
export const resumed: Suspicion = { ...noSuspicion, trust: 1e-9 }

/** The evidence after what has closed. */
export const suspect = (before: Suspicion, closed: Closed, limits: Limits): Suspicion => ({
  ...before,
  requests: betBoth(before.requests, betLikelihood, closed.requests, closed.requests?.canary, limits),
  users: betUsers(before.users, closed, limits),
})

/** ln e-value against a canary within the margin or below the floor: the weighted mean of both. */
export const lnSuspicion = ({ requests, users, trust }: Suspicion): number =>
  lnMean([lnBoth(requests), lnBoth(users)], [trust, 1])
