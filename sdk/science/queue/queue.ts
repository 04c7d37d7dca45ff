import type { Mismatch } from '../result.js'
import { within } from '../within.js'

/**
 * Where runs wait for the process that has the candidates, and where it leaves mismatches: `memoryQueue()`, or what
 * an app has already, as Redis. Any of it may reject.
 */
export interface ScienceQueue {
  /** @returns false where it is full */
  push(job: string): Promise<boolean>
  /** The next one, nobody else's for so many milliseconds; nothing where none is due. It may wait for one. */
  take(lease: number): Promise<Taken | undefined>
  /** It is dealt with. @returns false if the lease was over, and others have it */
  done(id: string): Promise<boolean>
  /** Due again in so many milliseconds. */
  back(id: string, delay: number): Promise<void>
  /** Keeps the latest mismatches of an experiment, as JSON, so many of them. */
  keep(experiment: string, mismatch: string, most: number): Promise<void>
}

export interface Taken {
  id: string
  job: string
  /** How often it was taken, this time included. */
  attempt: number
}

/** A run whose control has answered, as the queue holds it in JSON. */
export interface Job extends Pick<Mismatch, 'experiment' | 'id' | 'user' | 'context' | 'control'> {
  readonly input: unknown
}

/** What a worker asks of a queue about a job, none of it waited for longer than so many milliseconds. */
export const hurried = (queue: ScienceQueue, milliseconds: number): Pick<ScienceQueue, 'done' | 'back' | 'keep'> => ({
  done: (id) => within(milliseconds, () => queue.done(id)),
  back: (id, delay) => within(milliseconds, () => queue.back(id, delay)),
  keep: (experiment, mismatch, most) => within(milliseconds, () => queue.keep(experiment, mismatch, most)),
})

export type Hurried = ReturnType<typeof hurried>
