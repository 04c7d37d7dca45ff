import type { Props } from '../visitor.js'
import type { Observation, Work } from './observation.js'
import type { Mismatch, Result } from './result.js'
import type { When } from './when/when.js'

/** Where runs are reported: what `createClient` and `createBareClient` give. */
export interface Reporter {
  // Not `report` of one user: a user counts in one branch of a test, so each branch of a run needs a user of its own.
  visitor(subject: { user: string }): {
    report(event: string, value?: number, tests?: Readonly<Record<string, string>>, props?: Props): void
  }
}

export type Maybe<T> = T | PromiseLike<T>

/** How observations are judged and told of. Each helper may be asynchronous; one that throws is told to `onError`. */
export interface Judging<T> {
  /** Whether a candidate's value is as good as the control's; `equal`, unless it is given. If it throws they are not. */
  compare?: (control: T, candidate: T) => Maybe<boolean>
  /** The same of what both threw; of one name and message, unless it is given. */
  compareErrors?: (control: unknown, candidate: unknown) => Maybe<boolean>
  /** Whether a mismatch is known and does not count; any of them may say so. */
  ignore?: Ignore<T> | readonly Ignore<T>[]
  /** What is kept of a value; all of it, unless this is given. If it throws nothing is kept. */
  clean?: (value: T) => unknown
  /** What kind of run this was, for the prop `cohort`. */
  cohort?: (result: Result<T>) => Maybe<string>
  /** Hears of each candidate's mismatch that is not ignored. */
  onMismatch?: (mismatch: Mismatch) => unknown
  /** Hears of each run that had candidates, judged and reported. */
  afterRun?: (result: Result<T>) => unknown
  /** Milliseconds that a candidate or an asynchronous helper may take, 5,000. */
  timeout?: number
}

export type Ignore<T> = (control: Observation<T>, candidate: Observation<T>) => Maybe<boolean>

export interface ScienceOptions<T> extends Judging<T> {
  client?: Reporter
  /** Whose run it is: all runs of one user count as one. Without it each run counts for itself. */
  user?: string | undefined
  /** Told with each result and mismatch. */
  context?: Readonly<Record<string, unknown>>
  /** Whether candidates run at all; they do not if it throws. */
  enabled?: () => Maybe<boolean>
  /** Of runs that have candidates, 100. */
  percentage?: number
  /** Whether candidates run this time, asked after `enabled`; they do not if it throws. */
  runIf?: () => Maybe<boolean>
  /** Prepares what only a run with candidates needs; there are none if it throws. */
  beforeRun?: () => unknown
  /** When candidates run: `inTurn()`, unless it is given. */
  when?: When
  /** Copies the control's value for the comparison, where the caller changes it before candidates are done. */
  copy?: (value: T) => T
  /** For tests: the answer waits for all candidates, and rejects if one does not match; with an error of one's own. */
  raiseOnMismatch?: boolean | ((result: Result<T>) => Error)
  /** Uniform in [0, 1). */
  random?: () => number
  /** Hears of what went wrong in a helper, and in which. Nothing of it is ever thrown into the app. */
  onError?: OnError
  /** Hears of each run without candidates because too many were under way. */
  onSkip?: () => unknown
}

/** One run; what it says goes before what the experiment says, contexts are merged. */
export interface Trial<T> extends ScienceOptions<T> {
  /** The control: its value or error is what the caller gets. */
  use: () => Maybe<T>
  /** Candidates by their names. */
  try?: Readonly<Record<string, Work<T>>> & { control?: never }
  /** What candidates that live elsewhere are given. */
  input?: unknown
}

export type OnError = (error: Error, operation: Operation) => void

/** Where something went wrong. */
export type Operation =
  | keyof Pick<Judging<never>, 'compare' | 'compareErrors' | 'ignore' | 'clean' | 'cohort' | 'onMismatch' | 'afterRun'>
  | keyof Pick<
      ScienceOptions<never>,
      'enabled' | 'runIf' | 'beforeRun' | 'when' | 'copy' | 'raiseOnMismatch' | 'onSkip'
    >
  | 'report'
  | 'worker'
  | 'queue'
