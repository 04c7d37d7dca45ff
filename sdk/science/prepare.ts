import { newId } from '../id.js'
import { cleanObservation } from './clean.js'
import { conclude } from './conclude.js'
import type { Helpers } from './helpers.js'
import { type Observation, observe, observeControl } from './observation.js'
import type { Trial } from './options.js'
import type { Result } from './result.js'
import type { Run } from './when/when.js'

/** Milliseconds that candidates and helpers may take, unless it is said. */
export const TIMEOUT = 5000

/** What runs of one experiment share. */
export interface Skips {
  /** Runs without candidates since one was last reported. */
  count: number
}

/** One run, as what decides when candidates run sees it, and as who asked for it does. */
export interface Prepared<T> {
  run: Run
  /** The control, run once. */
  answer(): Promise<Observation<T>>
  /** What came of it; nothing where it was skipped or handed on. */
  result: Promise<Result<T> | undefined>
}

export function prepare<T>(experiment: string, trial: Trial<T>, skips: Skips, helpers: Helpers): Prepared<T> {
  const { user, context = {}, input, timeout = TIMEOUT, copy, clean, random = Math.random } = trial
  const { attempt, tell } = helpers
  const about = { experiment, id: newId(), user, context }
  let over!: (result?: Result<T>) => void
  const result = new Promise<Result<T> | undefined>((resolve) => {
    over = resolve
  })
  const answer = once(() => observeControl<T>(trial.use))
  const copied = async (): Promise<Observation<T>> => {
    const { value, ...rest } = await answer()
    if (!copy || rest.outcome !== 'ok') return answer()
    return { ...rest, value: await attempt('copy', () => copy(value as T), value as T) }
  }
  const run: Run<T> = {
    ...about,
    ...{ input, timeout, random, tell },
    candidates: candidatesOf(trial),
    control: once(copied),
    candidate: (name) => observe<T>(name, trial.try![name]!, timeout),
    clean: (observation) => cleanObservation(observation, clean, helpers),
    async conclude(observations) {
      const props: Record<string, number> = skips.count ? { skipped: skips.count } : {}
      skips.count = 0
      over(await conclude({ ...about, observations }, { ...trial, props }, helpers))
    },
    handOn: () => over(),
    skip() {
      skips.count++
      if (trial.onSkip) attempt('onSkip', trial.onSkip, undefined)
      over()
    },
  }
  return { run: run as Run, answer, result }
}

export const candidatesOf = <T>(trial: Trial<T>) => Object.keys(trial.try ?? {}).filter((name) => name !== 'control')

const once = <T>(work: () => Promise<T>) => {
  let given: Promise<T> | undefined
  return () => {
    given ??= work()
    return given
  }
}
