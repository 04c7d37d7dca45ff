import { cleanObservation } from './clean.js'
import { createHelpers, type Helpers } from './helpers.js'
import type { Observation } from './observation.js'
import type { Trial } from './options.js'
import { candidatesOf, prepare, type Skips, TIMEOUT } from './prepare.js'
import { MismatchError, type Result } from './result.js'
import { inTurn } from './when/in-turn.js'

/** The control's value, or its error; what else happens never changes that, but for `raiseOnMismatch`. */
export async function runTrial<T>(experiment: string, trial: Trial<T>, skips: Skips): Promise<T> {
  const helpers = createHelpers(trial.onError, trial.timeout ?? TIMEOUT)
  if (!(await isOn(trial, helpers))) return trial.use()
  const { when = inTurn(), raiseOnMismatch } = trial
  const { run, answer, result } = prepare(experiment, trial, skips, helpers)
  try {
    await when.run(run)
  } catch (error) {
    helpers.tell('when', error)
    run.skip()
  }
  const shown = raiseOnMismatch ? await result : undefined
  if (shown?.mismatched.length) throw await mismatchError(shown, trial, helpers)
  return settle(await answer())
}

/** Whether this run has candidates. */
async function isOn<T>(trial: Trial<T>, { attempt }: Helpers): Promise<boolean> {
  const { when, percentage = 100, random = Math.random, enabled = yes, runIf = yes, beforeRun } = trial
  const isDrawn = () => random() * 100 < percentage
  const prepared = async () => {
    await beforeRun?.()
    return true
  }
  return (
    (when?.elsewhere || candidatesOf(trial).length > 0) &&
    (await attempt('enabled', () => isDrawn() && enabled(), false)) &&
    (await attempt('runIf', runIf, false)) &&
    attempt('beforeRun', prepared, false)
  )
}

const yes = () => true

async function mismatchError<T>(result: Result<T>, { raiseOnMismatch, clean }: Trial<T>, helpers: Helpers) {
  const observations = [result.control, ...result.mismatched]
  const shown = await Promise.all(observations.map((one) => cleanObservation(one, clean, helpers)))
  const plain = new MismatchError(result, shown)
  if (typeof raiseOnMismatch !== 'function') return plain
  return helpers.attempt('raiseOnMismatch', () => raiseOnMismatch(result), plain)
}

function settle<T>({ outcome, value, error }: Observation<T>): T {
  if (outcome !== 'ok') throw error
  return value as T
}
