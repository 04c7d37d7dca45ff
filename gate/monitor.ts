import type { Outcome } from './report/reporter.js'

/** What a gate counts of itself, under maxwells-daemon's names where it has them. */
export interface Monitor {
  /** A request of the socket that was answered, or a connection that ended without an answer, after so many milliseconds. */
  served(isAnswered: boolean, milliseconds: number): void
  /** Where a request of the socket was sent; null for one that was malformed. */
  handled(location: string | null): void
  /** A look at an app's tests. */
  updated(isDone: boolean): void
  /** A request of the proxy that came to its end. */
  proxied(isControl: boolean, outcome: Outcome, milliseconds: number): void
  /** Events that were given up, or copies for the mirror. */
  dropped(what: 'events' | 'mirror', count: number): void
}

export const noMonitor: Monitor = { served() {}, handled() {}, updated() {}, proxied() {}, dropped() {} }

interface Metrics {
  /** Adds up. */
  count(name: string, amount: number, tags?: string): void
  /** Counts how often a value came. */
  measure(name: string, value: number): void
}

export function monitorBy(metrics: Metrics): Monitor {
  const outcome = (name: string, isDone: boolean, tags?: string) => {
    metrics.count(`${name}.success`, isDone ? 1 : 0, isDone ? tags : undefined)
    metrics.count(`${name}.failure`, isDone ? 0 : 1)
  }
  return {
    served(isAnswered, milliseconds) {
      outcome('server', isAnswered)
      metrics.measure('server.delay', Math.floor(milliseconds))
    },
    handled: (location) => outcome('handler', location !== null, `location:${location}`),
    updated: (isDone) => outcome('rollout.update', isDone),
    proxied(isControl, ended, milliseconds) {
      metrics.count('proxy.requests', 1, `location:${isControl ? 'master' : 'canary'},outcome:${ended}`)
      metrics.measure('proxy.delay', Math.floor(milliseconds))
    },
    dropped: (what, count) => metrics.count('proxy.dropped', count, `what:${what}`),
  }
}
