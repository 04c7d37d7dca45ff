import { AssayError } from '@assay/core/errors'
import type { Log } from '@assay/core/log/log'
import { migrate } from '@assay/core/store/migrate'
import type { Store } from '@assay/core/store/store'
import type { Batch } from './batch.js'
import { Follower, Gate } from './follow.js'
import { MomentsSchedule } from './moments-schedule.js'
import { dropLeftovers, type Progress, replayInto } from './replay.js'
import { pause, type Stored, Writer, type WriterOptions } from './writer.js'

export interface AggregatorOptions {
  log: Log
  store: Store
  /** How many log records back an event's id is remembered, so that a client's retry counts once. */
  idWindow?: number
  clock?: () => number
  onError?: (error: unknown) => void
}

export interface AggregatorStatus {
  /** Records read, stored, dropped as repeats, and set aside since the start. */
  read: number
  stored: number
  duplicates: number
  quarantined: number
  /** Acknowledged records not yet in the tables. */
  lag: number
  /** Whether every acknowledged event is in the results. */
  fresh: boolean
  /** Whether a replay is running. */
  replaying: boolean
}

/** How long to wait, in milliseconds, when no moments were due. */
const IDLE = 50

/** Carries the log into the store, and keeps each test's moments up to date. Recovers what a crash left before it starts. */
export async function startAggregator(options: AggregatorOptions) {
  const { log, store, idWindow = 250_000, clock = Date.now, onError = () => {} } = options
  await migrate(store)
  await dropLeftovers(store)
  const stop = new AbortController()
  const counts = { read: 0, stored: 0, duplicates: 0, quarantined: 0 }
  const writerOptions = (partition: number, suffix: string): WriterOptions => {
    return { log, store, partition, suffix, idWindow, clock, onRetry: onError, signal: stop.signal }
  }
  const gate = new Gate()
  const writers = Array.from({ length: log.partitions('assay.events') }, (_, p) => new Writer(writerOptions(p, '')))
  const followers = writers.map((writer, partition) => {
    return new Follower({ log, partition, writer, gate, clock, signal: stop.signal, onStored })
  })
  const schedule = new MomentsSchedule({
    store,
    clock,
    positions: () => writers.map((w) => w.position),
    behind: () => followers.some((f) => f.behind),
  })
  for (const writer of writers) await writer.recover()
  await schedule.markAll()
  let replaying: Promise<void> | null = null
  const loops = [...followers.map((f) => f.run()), refresh()]

  function onStored(batch: Batch, { stored, quarantined }: Stored): void {
    counts.read += batch.read
    counts.stored += stored
    counts.quarantined += quarantined
    counts.duplicates += batch.repeats.size
    schedule.mark(batch.apps)
  }

  async function refresh(): Promise<void> {
    while (!stop.signal.aborted) {
      const busy = await schedule.run().catch((error) => {
        onError(error)
        return false
      })
      await pause(busy ? 0 : IDLE, stop.signal)
    }
  }

  return {
    async status(): Promise<AggregatorStatus> {
      const ends = await Promise.all(
        writers.map((w, p) => log.bounds('assay.events', p).then((b) => b.end - w.position)),
      )
      const lag = ends.reduce((a, b) => a + b, 0)
      return { ...counts, lag, fresh: lag === 0 && !schedule.behind, replaying: replaying !== null }
    },
    /** Rebuilds every table from the log beside the live ones, then swaps them. @throws AssayError `replay-incomplete-log`, `replay-running`. */
    async replay(onProgress: (progress: Progress) => void): Promise<void> {
      if (replaying !== null) throw new AssayError('replay-running', 'Expected no replay under way; one is.')
      replaying = replayInto({ log, store, partitions: writers, gate, writerOptions, onProgress })
      try {
        await replaying
        await schedule.markAll()
      } finally {
        replaying = null
      }
    },
    /** Finishes the batch under way and stops. */
    async close(): Promise<void> {
      stop.abort()
      await Promise.allSettled([...loops, replaying])
    },
  }
}

export type Aggregator = Awaited<ReturnType<typeof startAggregator>>
