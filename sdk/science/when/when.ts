import type { Helpers } from '../helpers.js'
import type { Observation } from '../observation.js'
import type { Cleaned } from '../result.js'

/** When and where candidates run: `inTurn`, `beside`, `later`, `queued`, or `worker` of `@assay/sdk/science-worker`. */
export interface When {
  /** Whether candidates are elsewhere, so that a run without `try` has some. */
  readonly elsewhere?: boolean
  /** Runs the control, and sees to the candidates. Resolves once the caller may have the control's answer. */
  run(run: Run): Promise<unknown>
  /** Resolves once no candidate runs or waits: before the process ends, and in tests. */
  idle(): Promise<void>
}

/** What there is to do. Nothing here throws or rejects. */
export interface Run<T = unknown> extends Pick<Helpers, 'tell'> {
  readonly experiment: string
  readonly id: string
  readonly user: string | undefined
  readonly context: Readonly<Record<string, unknown>>
  readonly input: unknown
  readonly timeout: number
  /** Names of the candidates in this process. */
  readonly candidates: readonly string[]
  readonly random: () => number
  /** Runs the control the first time, and gives what came of it. */
  control(): Promise<Observation<T>>
  candidate(name: string): Promise<Observation<T>>
  clean(observation: Observation<T>): Promise<Cleaned>
  /** All that was observed, in order, is judged and told of. */
  conclude(observations: readonly Observation<T>[]): Promise<void>
  /** Others will judge it. */
  handOn(): void
  /** There will be no candidates: too many are under way, or something went wrong that was told. */
  skip(): void
}
