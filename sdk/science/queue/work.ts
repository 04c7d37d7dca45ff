import { reviveError } from '../clean.js'
import { createHelpers, type Helpers } from '../helpers.js'
import type { Judging, OnError, Reporter } from '../options.js'
import { TIMEOUT } from '../prepare.js'
import { judgeJob, type QueuedExperiment } from './judge-job.js'
import { type Hurried, hurried, type Job, type ScienceQueue, type Taken } from './queue.js'

export interface WorkOptions extends Pick<Judging<never>, 'timeout'> {
  client?: Reporter
  onError?: OnError
  /** Jobs at once, 1. */
  atOnce?: number
  /** Milliseconds between looks at an empty queue, 1,000. */
  poll?: number
  /** Milliseconds in which a job must be dealt with before others may take it, 60,000. */
  lease?: number
  /** How often a job is tried again whose candidates failed where the control did not, or that could not be judged, 2. */
  retries?: number
  /** Milliseconds until the first retry, 1,000; each further one waits twice as long. */
  backoff?: number
  /** Bytes of a mismatch that is kept, 16,384; what is longer is cut. */
  bytes?: number
  /** Mismatches kept of an experiment, 100. */
  most?: number
}

/** What a process does that has the candidates: takes runs off the queue until it is closed. Never throws. */
export function workQueue(
  queue: ScienceQueue,
  experiments: Readonly<Record<string, QueuedExperiment>>,
  options: WorkOptions = {},
): { close(): Promise<void> } {
  const { atOnce = 1, poll = 1000, lease = 60_000 } = options
  const timeout = options.timeout ?? TIMEOUT
  const helpers = createHelpers(options.onError, timeout)
  const prompt = hurried(queue, timeout)
  const wakers: Wakers = new Set()
  let closed = false
  const work = async () => {
    while (!closed) {
      const taken = await take(queue, lease, prompt, wakers, helpers)
      if (taken) await deal(taken, prompt, experiments, options, helpers)
      else if (!closed) await pause(poll, wakers)
    }
  }
  const working = Promise.all(Array.from({ length: atOnce }, work))
  return {
    async close() {
      closed = true
      for (const wake of wakers) wake()
      await working
    },
  }
}

/** End what is waited for. */
type Wakers = Set<() => void>

const pause = (milliseconds: number, wakers: Wakers) =>
  new Promise<void>((resolve) => {
    const wake = () => {
      clearTimeout(timer)
      wakers.delete(wake)
      resolve()
    }
    const timer = setTimeout(wake, milliseconds)
    wakers.add(wake)
  })

/** Waits as long as the queue does. What comes when nobody waits any more is for others. */
const take = (queue: ScienceQueue, lease: number, { back }: Hurried, wakers: Wakers, { tell }: Helpers) =>
  new Promise<Taken | undefined>((resolve) => {
    const leave = () => {
      wakers.delete(leave)
      resolve(undefined)
    }
    const hand = async () => {
      const taken = await queue.take(lease)
      if (wakers.has(leave)) resolve(taken)
      else if (taken) await back(taken.id, 0)
    }
    wakers.add(leave)
    hand()
      .catch((error) => tell('queue', error))
      .then(leave)
  })

async function deal(
  taken: Taken,
  queue: Hurried,
  experiments: Readonly<Record<string, QueuedExperiment>>,
  options: WorkOptions,
  helpers: Helpers,
): Promise<void> {
  const { retries = 2, backoff = 1000 } = options
  const { id, attempt } = taken
  const again = () => queue.back(id, backoff * 2 ** (attempt - 1))
  if (attempt > retries + 1) {
    // Whoever took it before went away with it, or could make nothing of it.
    await helpers.attempt('queue', () => queue.done(id), false)
    return helpers.tell('queue', Error(`gave up a run after ${retries + 1} attempts`))
  }
  try {
    const job = JSON.parse(taken.job) as Job
    const control = { ...job.control, error: reviveError(job.control.error) }
    if (!Object.hasOwn(experiments, job.experiment)) throw Error(`no experiment '${job.experiment}' here`)
    const isLast = attempt > retries
    const isDone = await judgeJob(
      { ...job, control },
      experiments[job.experiment]!,
      { ...taken, isLast },
      queue,
      options,
    )
    if (!isDone) await again()
  } catch (error) {
    helpers.tell('queue', error)
    await helpers.attempt('queue', again, undefined)
  }
}
