import { AssayError } from '@assay/core/errors'
import type { Log } from '@assay/core/log/log'
import { migrate } from '@assay/core/store/migrate'
import type { Store } from '@assay/core/store/store'
import type { Batch } from './batch.js'
import { MomentsSchedule } from './moments-schedule.js'
import { batchLimit } from './range.js'
import { dropLeftovers, type Progress, replayInto } from './replay.js'
import { pause, Writer, type WriterOptions } from './writer.js'

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

/** Small inserts cost the engine as much as large ones: batches start at least this many milliseconds apart. */
const PACE = 200
const IDLE = 50

/** Carries the log into the store, and keeps each test's moments up to date. Recovers what a crash left before it starts. */
export async function startAggregator(options: AggregatorOptions) {
  const { log, store, idWindow = 250_000, clock = Date.now, onError = () => {} } = options
  await migrate(store)
  await dropLeftovers(store)
  const stop = new AbortController()
  const counts = { read: 0, stored: 0, duplicates: 0, quarantined: 0 }
  const schedule = new MomentsSchedule(store, clock)
  const writerOptions = (partition: number, suffix: string): WriterOptions => {
    return { log, store, partition, suffix, idWindow, clock, onRetry: onError, signal: stop.signal }
  }
  const partitions = Array.from({ length: log.partitions('assay.events') }, (_, p) => new Writer(writerOptions(p, '')))
  for (const writer of partitions) await writer.recover()
  await schedule.markAll()

  const gate = new Gate()
  let replaying: Promise<void> | null = null
  const loops = [...partitions.map((writer, p) => follow(writer, p)), refresh()]

  async function follow(writer: Writer, partition: number): Promise<void> {
    let ready: Batch | null = null
    while (!stop.signal.aborted) {
      await log.wait('assay.events', partition, writer.position, stop.signal)
      if (stop.signal.aborted) return
      const started = clock()
      const batch: Batch | null = ready ?? (await writer.prepare())
      ready = batch === null ? null : await storeAndPrepare(writer, batch)
      await pause(ready === null ? Math.max(0, PACE - (clock() - started)) : 0, stop.signal)
    }
  }

  /** The next batch is made ready while the engine works on this one, when there is enough to keep both busy. */
  async function storeAndPrepare(writer: Writer, batch: Batch): Promise<Batch | null> {
    const storing = gate.pass(() => storeBatch(writer, batch))
    const [, next] = await Promise.all([storing, batch.read >= batchLimit.records / 4 ? writer.prepare() : null])
    return next
  }

  async function storeBatch(writer: Writer, batch: Batch): Promise<void> {
    const { stored, quarantined } = await writer.store(batch)
    counts.read += batch.read
    counts.stored += stored
    counts.quarantined += quarantined
    counts.duplicates += batch.read - stored - quarantined
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
        partitions.map((w, p) => log.bounds('assay.events', p).then((b) => b.end - w.position)),
      )
      const lag = ends.reduce((a, b) => a + b, 0)
      return { ...counts, lag, fresh: lag === 0 && !schedule.behind, replaying: replaying !== null }
    },
    /** Rebuilds every table from the log beside the live ones, then swaps them. @throws AssayError `replay-incomplete-log`, `replay-running`. */
    async replay(onProgress: (progress: Progress) => void): Promise<void> {
      if (replaying !== null) throw new AssayError('replay-running', 'Expected no replay under way; one is.')
      replaying = replayInto({ log, store, partitions, gate, writerOptions, onProgress })
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

/** Lets batches through one at a time, and lets a replay hold them back while it swaps tables. */
export class Gate {
  #last: Promise<unknown> = Promise.resolve()

  pass<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#last.then(work)
    this.#last = run.catch(() => {})
    return run
  }
}
