import type { ScienceQueue } from './queue.js'

export interface MemoryQueueOptions {
  /** Jobs that wait at the most, 1,000. */
  most?: number
  /** Milliseconds of a clock. */
  now?: () => number
}

/** A queue of one process, for tests and for candidates that may run where the control does. */
export interface MemoryQueue extends ScienceQueue {
  /** Jobs that wait or are taken. */
  readonly size: number
  /** Mismatches of an experiment, the latest first. */
  kept(experiment: string): readonly string[]
}

export function memoryQueue({ most = 1000, now = Date.now }: MemoryQueueOptions = {}): MemoryQueue {
  const jobs = new Map<string, { job: string; attempt: number; due: number }>()
  const mismatches = new Map<string, string[]>()
  let pushed = 0
  return {
    get size() {
      return jobs.size
    },
    kept: (experiment) => mismatches.get(experiment) ?? [],
    async push(job) {
      if (jobs.size >= most) return false
      jobs.set(String(pushed++), { job, attempt: 0, due: now() })
      return true
    },
    async take(lease) {
      for (const [id, waiting] of jobs) {
        if (waiting.due > now()) continue
        waiting.due = now() + lease
        return { id, job: waiting.job, attempt: ++waiting.attempt }
      }
    },
    async done(id) {
      return jobs.delete(id)
    },
    async back(id, delay) {
      const waiting = jobs.get(id)
      if (waiting) waiting.due = now() + delay
    },
    async keep(experiment, mismatch, most) {
      mismatches.set(experiment, [mismatch, ...(mismatches.get(experiment) ?? [])].slice(0, most))
    },
  }
}
