import { bernoulliInterval } from '../anytime/bernoulli.js'
import type { Evidence, Interval, Tuning } from '../anytime/evidence.js'
import type { None } from '../none.js'
import { sumOf } from '../sum.js'
import { type Phase, sequentialSampleRatio } from './sequential-sample-ratio.js'

export interface CrossoverPhase extends Phase {
  /** Of the users of each branch, by first exposure, those later seen in another. */
  readonly crossed: readonly number[]
}

export interface Crossover {
  readonly kind: 'crossover'
  readonly share: number
  readonly ci: Interval
  /** That those who crossed did not start in the branches as the weights say: crossing depends on the branch. */
  readonly difference: Evidence
}

/**
 * Share of users seen in more than one branch, with its exact interval, and evidence that it differs between branches.
 * Over looks both hold for users whose time to cross has ended; `difference` also answers to a sample-ratio mismatch,
 * so look at that first. `insufficient` without users, `out-of-range` where more crossed in all than came.
 */
export function crossover(phases: readonly CrossoverPhase[], tuning: Tuning): Crossover | None {
  const total = (counts: 'users' | 'crossed') => sumOf(phases, (phase) => sumOf(phase[counts], (n) => n))
  const [users, crossed] = [total('users'), total('crossed')]
  const ci = bernoulliInterval(crossed, users, tuning)
  if ('kind' in ci) return ci
  const difference = sequentialSampleRatio(phases.map(({ crossed, weights }) => ({ users: crossed, weights })))
  return { kind: 'crossover', share: crossed / users, ci, difference }
}
