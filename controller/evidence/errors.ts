import type { Verdict } from './counted.js'

/** What callers did wrong is an answer like any other; what they did not wait for is none. */
export const failed: Verdict = ({ outcome }) => (outcome === 'abandoned' ? null : outcome === 'error')
