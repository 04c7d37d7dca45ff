import type { Counts } from './stratum.js'

/**
 * A branch's requests as the gate sees them: bad are those sent without an answer by the time the stratum closed. Slow
 * answers count in both branches alike, so the relative evidence need not wait for a timeout; the floor should allow for
 * what is under way. Answers to earlier strata, which may exceed what was sent, are not held against it.
 */
export const unanswered = ({ sent, completed }: { sent: number; completed: number }): Counts => ({
  total: sent,
  bad: Math.max(0, sent - completed),
})
