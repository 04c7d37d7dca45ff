import type { ScienceOptions, Trial } from './options.js'
import type { Skips } from './prepare.js'
import { runTrial } from './run.js'

export { equal } from './equal.js'
export type { Observation } from './observation.js'
export type { Judging, OnError, Operation, Reporter, ScienceOptions, Trial } from './options.js'
export type { QueuedExperiment } from './queue/judge-job.js'
export { type MemoryQueue, type MemoryQueueOptions, memoryQueue } from './queue/memory.js'
export type { ScienceQueue, Taken } from './queue/queue.js'
export { type QueuedOptions, queued } from './queue/queued.js'
export { type WorkOptions, workQueue } from './queue/work.js'
export { type Cleaned, type Mismatch, MismatchError, type Result } from './result.js'
export { type BesideOptions, beside } from './when/beside.js'
export { type InTurnOptions, inTurn } from './when/in-turn.js'
export { later } from './when/later.js'
export type { Run, When } from './when/when.js'

/** Runs the control, and candidates beside it. @returns the control's value; rejects with the control's error alone */
export type Experiment<T> = (trial: Trial<T>) => Promise<T>

/**
 * An experiment on code: what is new runs next to what is old, the caller gets what the old code gives, and how they
 * compare is reported as a test of the experiment's name with the branches `control` and one a candidate.
 */
export function science<T>(name: string, options?: ScienceOptions<T>): Experiment<T>
/** The same at once. */
export function science<T>(name: string, options: ScienceOptions<T>, trial: Trial<T>): Promise<T>
export function science<T>(name: string, options: ScienceOptions<T> = {}, only?: Trial<T>) {
  const skips: Skips = { count: 0 }
  const experiment: Experiment<T> = (trial) =>
    runTrial(name, { ...options, ...trial, context: { ...options.context, ...trial.context } }, skips)
  return only ? experiment(only) : experiment
}
