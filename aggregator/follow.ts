import type { Log } from '@assay/core/log/log'
import type { Batch } from './batch.js'
import { pause } from './pause.js'
import { batchLimit } from './range.js'
import { together } from './together.js'
import type { Stored, Writer } from './writer.js'

/** Small inserts cost the engine as much as large ones: batches start at least this many milliseconds apart. */
const PACE = 300
/** A batch of so many records keeps the engine busy long enough to make the next one ready meanwhile. */
const LARGE = batchLimit.records / 5

export interface FollowOptions {
  log: Log
  partition: number
  writer: Writer
  gate: Gate
  signal: AbortSignal
  onStored: (batch: Batch, stored: Stored) => void
}

/** Carries a partition's records into the live tables as they come. */
export class Follower {
  readonly #o: FollowOptions
  #ready: Batch | null = null
  #behind = false

  constructor(options: FollowOptions) {
    this.#o = options
  }

  /** Whether the log is ahead by more than the batch under way. */
  get behind(): boolean {
    return this.#behind
  }

  async run(): Promise<void> {
    const { log, partition, writer, signal } = this.#o
    while (!signal.aborted) {
      await log.wait('assay.events', partition, writer.position, signal)
      if (signal.aborted) return
      // Not by the clock, which may be set back by a day.
      const started = performance.now()
      // The engine waits for the first batch, so that one is no larger than need be.
      const batch = this.#ready ?? (await writer.prepare(Infinity, LARGE))
      if (batch !== null) await this.#store(batch)
      await pause(this.behind ? 0 : Math.max(0, PACE - (performance.now() - started)), signal)
    }
  }

  async #store(batch: Batch): Promise<void> {
    const { writer, gate, onStored } = this.#o
    this.#behind = batch.read >= LARGE
    const storing = gate.pass(async () => onStored(batch, await writer.store(batch)))
    const [next] = await together([this.#behind ? writer.prepare() : null, storing])
    this.#ready = next
    this.#behind = next !== null
  }
}

/** Lets batches through one at a time, and lets a replay hold them back while it swaps tables. */
export class Gate {
  #last: Promise<unknown> = Promise.resolve()

  pass<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#last.then(work)
    this.#last = run.catch(() => {})
    return run
  }
}
