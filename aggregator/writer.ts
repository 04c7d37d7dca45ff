import type { Log, LogRecord } from '@assay/core/log/log'
import { events, INBOX } from '@assay/core/store/schema'
import type { Store } from '@assay/core/store/store'
import { type Claim, readClaim, writeClaim } from './claim.js'
import { Dedupe } from './dedupe.js'
import { IdWindow } from './id-window.js'
import { ImportRows } from './import-rows.js'
import { isLine, toLines } from './lines.js'
import { quarantine, type Sifted, sift } from './quarantine.js'
import { readBatch } from './range.js'
import { fillEvents, fillRollups, readMarks } from './tables.js'

export interface WriterOptions {
  log: Log
  store: Store
  partition: number
  /** Names the set of tables: '' is the live one. */
  suffix: string
  /** How many records back an event's id is remembered. */
  idWindow: number
  clock: () => number
  /** Told of each failure that is tried again. */
  onRetry: (error: unknown) => void
  signal: AbortSignal
}

export interface Written {
  read: number
  stored: number
  quarantined: number
}

/** Writes one partition's records into one set of tables, each table exactly once, whatever fails in between. */
export class Writer {
  /** The next offset to write. */
  position = 0
  readonly #o: WriterOptions
  #dedupe: Dedupe

  constructor(options: WriterOptions) {
    this.#o = options
    this.#dedupe = this.#newDedupe(options.idWindow)
  }

  /** Brings every table to the same offset: whatever a crash left half done is completed from the log and from `events`. */
  async recover(): Promise<void> {
    const { log, store, partition, suffix, idWindow } = this.#o
    const claim = suffix === '' ? await readClaim(log, partition) : null
    const marks = await readMarks(store, partition, suffix)
    const target = Math.max(...marks.values(), claim?.last ?? -1)
    const from = marks.get(events.name)! + 1
    await this.#warm(from, claim?.window ?? idWindow)
    for (let at = from; at <= target; ) at = await this.#refill(at, target)
    await fillRollups(store, partition, suffix, marks, target)
    if (claim !== null && claim.window !== idWindow) await this.#warm(target + 1, idWindow)
    this.position = target + 1
  }

  /** The next batch, or none at the log's end. */
  next(): Promise<LogRecord[]> {
    return readBatch(this.#o.log, this.#o.partition, this.position)
  }

  /** Stores a batch that `next` gave. Resolves only when every table has it. */
  async write(records: readonly LogRecord[]): Promise<Written> {
    const { log, store, partition, suffix, idWindow } = this.#o
    const claim: Claim = { from: this.position, last: records.at(-1)!.offset, window: idWindow }
    if (suffix === '') await this.#retry(() => writeClaim(log, partition, claim))
    const fresh = await this.#retry(() => this.#dedupe.fresh(records))
    const mark = markOf(records)
    let quarantined = 0
    try {
      if (!fresh.every(isLine)) throw new Error('a record is not one line of JSON')
      const token = `assay.events${suffix}/${partition}/${claim.from}-${claim.last}`
      await store.insertLines(INBOX + suffix, toLines(fresh, partition, mark), token)
    } catch (error) {
      this.#o.onRetry(error)
      quarantined = await this.#retry(() => this.#repair(fresh, mark))
    }
    this.position = claim.last + 1
    return { read: records.length, stored: fresh.length - quarantined, quarantined }
  }

  /** After a failed insert any table may have the batch or lack it: the marks say which. */
  async #repair(fresh: readonly LogRecord[], mark: { offset: number; received: number }): Promise<number> {
    const { store, partition, suffix } = this.#o
    const marks = await readMarks(store, partition, suffix)
    let refused = 0
    if (marks.get(events.name)! < mark.offset) {
      const { good, bad } = await sift(store, fresh)
      await this.#setAside(bad)
      await fillEvents(store, partition, suffix, good, mark)
      refused = bad.length
    }
    await fillRollups(store, partition, suffix, marks, mark.offset)
    return refused
  }

  /** Repeats one batch of a crashed range into `events`; returns where the next one starts. */
  async #refill(at: number, target: number): Promise<number> {
    const { log, store, partition, suffix } = this.#o
    const records = await readBatch(log, partition, at, target)
    if (records.length === 0) return target + 1
    const { good, bad } = await sift(store, await this.#dedupe.fresh(records))
    await this.#setAside(bad)
    await fillEvents(store, partition, suffix, good, markOf(records))
    return records.at(-1)!.offset + 1
  }

  /** A replay meets the same bad records again, which are in quarantine already. */
  async #setAside(bad: Sifted['bad']): Promise<void> {
    const { log, partition, suffix, clock } = this.#o
    if (suffix === '') await quarantine(log, partition, bad, clock())
  }

  /** A window that has seen the records before `offset`, from the log. */
  async #warm(offset: number, size: number): Promise<void> {
    this.#dedupe = this.#newDedupe(size)
    const { log, partition } = this.#o
    for (let at = Math.max(0, offset - size); at < offset; ) {
      const records = await log.read('assay.events', partition, at, { records: 50_000, bytes: 16 * 1024 * 1024 })
      const before = records.filter((r) => r.offset < offset)
      if (before.length === 0) return
      this.#dedupe.remember(before)
      at = before.at(-1)!.offset + 1
    }
  }

  #newDedupe(size: number): Dedupe {
    const { store, partition, suffix } = this.#o
    return new Dedupe(new IdWindow(size), new ImportRows(store, partition, suffix))
  }

  /** The store or the log may be down for hours; a batch is never given up. */
  async #retry<T>(work: () => Promise<T>): Promise<T> {
    for (let delay = 50; ; delay = Math.min(delay * 2, 5000)) {
      try {
        return await work()
      } catch (error) {
        this.#o.onRetry(error)
        await pause(delay, this.#o.signal)
      }
    }
  }
}

function markOf(records: readonly LogRecord[]): { offset: number; received: number } {
  return { offset: records.at(-1)!.offset, received: records[0]!.received }
}

/** @throws the signal's reason when it aborts first. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })
}
