import { cleanObservation } from '../clean.js'
import { conclude } from '../conclude.js'
import { isError } from '../equal.js'
import { createHelpers, type Helpers } from '../helpers.js'
import { type Observation, observe } from '../observation.js'
import type { Judging } from '../options.js'
import { TIMEOUT } from '../prepare.js'
import type { Mismatch } from '../result.js'
import { shuffle } from '../when/shuffle.js'
import type { Hurried, Job, Taken } from './queue.js'
import { trim } from './trim.js'
import type { WorkOptions } from './work.js'

/** An experiment as the process knows it that has the candidates. All its values are cleaned and as JSON has them. */
// biome-ignore lint/suspicious/noExplicitAny: what JSON brings is of the app's types, which it names in its functions
export interface QueuedExperiment extends Judging<any> {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  try: Readonly<Record<string, (input: any, signal: AbortSignal) => unknown>>
}

/** Runs the candidates of a job, judges and reports. @returns whether nothing is left to do */
export async function judgeJob(
  job: Job,
  experiment: QueuedExperiment,
  { id, attempt, isLast }: Taken & { isLast: boolean },
  queue: Hurried,
  { client, onError, timeout: usual = TIMEOUT, bytes = 16_384, most = 100 }: WorkOptions,
): Promise<boolean> {
  const { timeout = usual, onMismatch } = experiment
  const helpers = createHelpers(onError, timeout)
  const observations = [job.control, ...(await runCandidates(job, experiment, timeout, helpers))]
  const isFailed = job.control.outcome === 'ok' && observations.some(({ outcome }) => outcome !== 'ok')
  if (isFailed && !isLast) return false
  // Whoever ends a job reports it, so that it is not reported twice.
  if (!(await queue.done(id))) return true
  const keep = async (mismatch: Mismatch) => {
    await helpers.attempt('queue', () => queue.keep(job.experiment, trim(mismatch, bytes), most), undefined)
    await onMismatch?.(mismatch)
  }
  const { clean, ...judging } = experiment
  const told = { ...judging, onMismatch: keep, props: { attempts: attempt }, ...(client && { client }) }
  await conclude({ ...job, observations }, told, helpers)
  return true
}

async function runCandidates(
  { input }: Job,
  { try: candidates, clean }: QueuedExperiment,
  timeout: number,
  helpers: Helpers,
): Promise<Observation<unknown>[]> {
  const cleaner = async (value: unknown) => asJson(await (clean ? clean(value) : value))
  const observations = []
  for (const name of shuffle(Object.keys(candidates), Math.random)) {
    const observation = await observe(name, (signal) => candidates[name]!(input, signal), timeout)
    const { error } = observation
    const cleaned = await cleanObservation(observation, cleaner, helpers)
    const thrown = isError(error) ? error : await helpers.attempt('clean', () => asJson(error), undefined)
    observations.push({ ...cleaned, ...(cleaned.outcome !== 'ok' && { error: thrown }) })
  }
  return observations
}

/** As it would be if it had come by the queue. */
function asJson(value: unknown): unknown {
  const text = JSON.stringify(value)
  return text === undefined ? undefined : JSON.parse(text)
}
