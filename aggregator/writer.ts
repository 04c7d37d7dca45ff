import { setImmediate } from 'node:timers/promises'
import type { Log, LogRecord, Membership } from '@assay/core/log/log'
import { events, INBOX } from '@assay/core/store/schema'
import type { Store } from '@assay/core/store/store'
import { Batch } from './batch.js'
import { type Claim, readClaim, writeClaim } from './claim.js'
import { Dedupe } from './dedupe.js'
import { type Fence, Fenced } from './fence.js'
import { IdWindow } from './id-window.js'
import { ImportRows } from './import-rows.js'
import type { LineBuffers } from './line-buffers.js'
import type { LineBuffer } from './lines.js'
import { pause } from './pause.js'
import { quarantine, type Sifted, sift } from './quarantine.js'
import { batchLimit, readSlice } from './range.js'
import { isFenced, isTableGone } from './store-errors.js'
import { fillEvents, fillRollups, readMarks } from './tables.js'

export interface WriterOptions {
  log: Log
  store: Store
  partition: number
  /** Who claims; null for a set of tables that only this process knows. */
  member: Membership | null
  fence: Pick<Fence, 'guard' | 'settle'>
  /** Names the set of tables: '' is the live one. */
  suffix: string
  /** Shared by all partitions of this process. */
  buffers: LineBuffers
  /** What its inserts' tokens begin with. Without claims it must be new each time: a token may be remembered for a part that was lost. */
  tokens: string
  /** How many records back an event's id is remembered. */
  idWindow: number
  clock: () => number
  /** Told of each failure that is tried again. */
  onRetry: (error: unknown) => void
  signal: AbortSignal
}

const warmUp = { records: 50_000, bytes: 16 * 1024 * 1024 }

export interface Stored {
  stored: number
  quarantined: number
}

/** Writes one partition's records into one set of tables, each table exactly once, whatever fails in between. */
export class Writer {
  readonly partition: number
  /** The next offset to store. */
  position = 0
  /** The next offset to read: ahead of `position` by a batch that is prepared while another is stored. */
  #reading = 0
  readonly #o: WriterOptions
  #dedupe: Dedupe

  constructor(options: WriterOptions) {
    this.#o = options
    this.partition = options.partition
    this.#dedupe = this.#newDedupe(options.idWindow)
  }

  /** Until the tables are asked, the group's last claim says what they hold: all before it. */
  async locate(): Promise<void> {
    const { partition, member } = this.#o
    const claim = member && (await readClaim(member, partition))
    this.position = Math.max(this.position, claim?.from ?? 0)
  }

  /** Brings every table to the same offset: whatever a crash left half done is completed from the log and from `events`. */
  async recover(): Promise<void> {
    const { store, partition, member, suffix, buffers, idWindow } = this.#o
    const claim = member && (await readClaim(member, partition))
    const marks = await readMarks(store, partition, suffix)
    const target = Math.max(...marks.values(), claim?.last ?? -1)
    await this.#warm(marks.get(events.name)! + 1, claim?.window ?? idWindow)
    const read = (lines: LineBuffer) => this.#read(target, batchLimit.records, lines)
    const next = () => this.#retry(() => buffers.use(partition, read))
    for (let batch = await next(); batch !== null; batch = await next()) await this.#storeEvents(batch)
    await this.#fillRollups(marks, target)
    if (claim !== null && claim.window !== idWindow) await this.#warm(target + 1, idWindow)
    this.position = target + 1
    this.#reading = target + 1
  }

  /** The next batch of up to offset `to` and about `records` records, handed to the store; null at the log's end. */
  prepare(to = Infinity, records = batchLimit.records): Promise<Batch | null> {
    const { store, partition, buffers } = this.#o
    // A partition that cannot be read waits without a buffer, so that others go on.
    return this.#retry(() =>
      buffers.use(partition, async (lines) => {
        const batch = await this.#read(to, records, lines)
        if (batch === null || !lines.framed) return batch
        lines.addMark(batch.mark)
        batch.staged = await this.#retry(() => store.write.stage(lines.lines))
        return batch
      }),
    )
  }

  /** A batch, and its lines. Works in slices, so that requests are served in between; one that fails ends the batch. */
  async #read(to: number, records: number, lines: LineBuffer): Promise<Batch | null> {
    let batch = null as Batch | null
    while (batch === null || (batch.read < records && lines.size < batchLimit.bytes)) {
      const slice = await this.#readSlice(to).catch((error) => {
        if (batch === null) throw error
        return []
      })
      if (slice.length === 0 || batch?.takes(slice[0]!) === false) break
      batch ??= new Batch(this.#reading, slice[0]!.received)
      batch.add(slice, (record) => this.#dedupe.isFresh(record), lines)
      this.#reading = batch.mark.offset + 1
      await setImmediate()
    }
    return batch
  }

  async #readSlice(to: number): Promise<LogRecord[]> {
    const { log, partition } = this.#o
    const slice = await readSlice(log, partition, this.#reading, to)
    await this.#dedupe.prepare(slice)
    return slice
  }

  /** Stores a batch that `prepare` gave, in order. Resolves only when every table has it. */
  async store(batch: Batch): Promise<Stored> {
    const { partition, member, fence, suffix, tokens, idWindow } = this.#o
    const { from, mark, staged } = batch
    const claim: Claim = { from, last: mark.offset, window: idWindow }
    if (member !== null) await this.#retry(() => writeClaim(member, partition, claim))
    let quarantined = 0
    try {
      if (staged === null) throw new Error('a record is not one line of JSON')
      await staged.insert(INBOX + suffix, `${tokens}/${partition}/${from}-${mark.offset}`, fence.guard)
    } catch (error) {
      this.#o.onRetry(error)
      quarantined = await this.#retry(() => this.#repair(batch))
    }
    this.position = mark.offset + 1
    return { stored: batch.read - batch.repeats.size - quarantined, quarantined }
  }

  /** After a failed insert any table may have the batch or lack it: the marks say which. */
  async #repair(batch: Batch): Promise<number> {
    const { store, partition, fence, suffix } = this.#o
    await fence.settle()
    const marks = await readMarks(store, partition, suffix)
    const last = batch.mark.offset
    const refused = marks.get(events.name)! < last ? await this.#storeEvents(batch) : 0
    await this.#fillRollups(marks, last)
    return refused
  }

  #fillRollups(marks: ReadonlyMap<string, number>, to: number): Promise<void> {
    const { store, partition, fence, suffix } = this.#o
    return fillRollups(store, { partition, suffix, guard: fence.guard }, marks, to)
  }

  /** Puts a batch into `events` alone, setting aside what the store refuses. @returns how many that were */
  async #storeEvents(batch: Batch): Promise<number> {
    const { store, partition, fence, suffix } = this.#o
    const { good, bad } = await sift(store, await this.#recordsOf(batch))
    await this.#setAside(bad)
    await fillEvents(store, { partition, suffix, guard: fence.guard }, good, batch.mark)
    return bad.length
  }

  /** A batch's records once more, which it does not keep: they are needed only when something failed. */
  async #recordsOf({ from, mark, repeats }: Batch): Promise<LogRecord[]> {
    const { log, partition } = this.#o
    const found: LogRecord[] = []
    for (let at = from; at <= mark.offset; ) {
      const records = await readSlice(log, partition, at, mark.offset)
      found.push(...records.filter((r) => !repeats.has(r.offset)))
      at = records.at(-1)!.offset + 1
    }
    return found
  }

  /** A replay meets the same bad records again, which are in quarantine already. */
  async #setAside(bad: Sifted['bad']): Promise<void> {
    const { log, partition, suffix, clock } = this.#o
    if (suffix === '') await quarantine(log, partition, bad, clock())
  }

  /** A window that has seen the records before `offset`, from the log. */
  async #warm(offset: number, size: number): Promise<void> {
    this.#reading = offset
    this.#dedupe = this.#newDedupe(size)
    const { log, partition } = this.#o
    for (let at = this.#dedupe.reach(offset); at < offset; ) {
      const records = await log.read('assay.events', partition, at, warmUp)
      if (records.length === 0) return
      for (const record of records) if (record.offset < offset) this.#dedupe.remember(record)
      at = records.at(-1)!.offset + 1
    }
  }

  #newDedupe(size: number): Dedupe {
    const { store, partition, suffix } = this.#o
    return new Dedupe(new IdWindow(size), new ImportRows(store, partition, suffix))
  }

  /** The store or the log may be down for hours; a batch is never given up. */
  async #retry<T>(work: () => Promise<T>): Promise<T> {
    for (let delay = 50; ; delay = Math.min(delay * 2, 1000)) {
      try {
        return await work()
      } catch (error) {
        // A set of tables beside the live one is dropped by who has the right to make another.
        const dropped = this.#o.suffix !== '' && isTableGone(error)
        if (dropped || isFenced(error)) throw new Fenced((error as Error).message)
        this.#o.onRetry(error)
        await pause(delay, this.#o.signal)
      }
    }
  }
}
