import type { Mismatch } from '../result.js'

/**
 * Where runs wait for the process that has the candidates, and where it leaves mismatches: `memoryQueue()`, or what
 * an app has already, as Redis. Any of it may reject.
 */
export interface ScienceQueue {
  /** @returns false where it is full */
  push(job: string): Promise<boolean>
  /** The next one, which is nobody else's for so many milliseconds; nothing where none is due. */
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
