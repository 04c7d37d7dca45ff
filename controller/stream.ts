import { type Log, type LogRecord, partitionsOf } from '@assay/core/log/log'
import { type Observed, observedOf } from './observed.js'

const TOPIC = 'assay.events'
const PORTION = { records: 5000, bytes: 1024 * 1024 }
/** Ids remembered for each of two generations: a client's retry of a request comes again soon, or not at all. */
const REMEMBERED = 200_000

interface Partition {
  at: number
  /** When the latest record read was taken in: clocks of several ingests do not agree. */
  through: number
  isAtEnd: boolean
  queue: Observed[]
}

/**
 * Traffic as the log has it, all partitions merged in the order in which it was taken in, each event once. A partition
 * that is at its end holds nobody up: what it gets later comes late, and counts when it comes.
 */
export class TrafficStream {
  readonly #log: Log
  readonly #wants: (app: string) => boolean
  readonly #partitions: Map<number, Partition>
  #recent = new Set<string>()
  #older = new Set<string>()

  /** @param wants whether anybody asks for an app's traffic */
  private constructor(log: Log, wants: (app: string) => boolean, starts: readonly number[]) {
    this.#log = log
    this.#wants = wants
    this.#partitions = new Map(starts.map((at, p) => [p, { at, through: 0, isAtEnd: false, queue: [] }]))
  }

  /** From the first record that was taken in at `time` or later. @throws AssayError `log-unavailable` */
  static async from(log: Log, time: number, wants: (app: string) => boolean): Promise<TrafficStream> {
    return new TrafficStream(log, wants, await Promise.all(partitionsOf(log).map((p) => offsetAt(log, p, time))))
  }

  /** Whether all that was logged before these ends has been read. */
  hasReached(ends: readonly number[]): boolean {
    return ends.every((end, p) => this.#partitions.get(p)!.at >= end)
  }

  /** Hands over what comes next, some thousand records of each partition at the most. */
  async advance(take: (observed: Observed) => void): Promise<void> {
    const all = [...this.#partitions]
    await Promise.all(all.filter(([, { queue }]) => queue.length === 0).map(([p, one]) => this.#fill(p, one)))
    const parts = all.map(([, one]) => one)
    const behind = parts.filter(({ isAtEnd }) => !isAtEnd)
    const frontier = Math.min(...behind.map(({ through }) => through))
    const ready = parts.flatMap((one) => {
      const end = one.queue.findIndex(({ received }) => received > frontier)
      return one.queue.splice(0, end < 0 ? one.queue.length : end)
    })
    for (const observed of ready.sort((a, b) => a.received - b.received)) take(observed)
  }

  async #fill(partition: number, one: Partition): Promise<void> {
    const records = await this.#log.read(TOPIC, partition, one.at, PORTION)
    one.isAtEnd = records.length === 0
    for (const record of records) {
      one.at = record.offset + 1
      one.through = Math.max(one.through, record.received)
      const observed = this.#wants(record.app) && this.#isNew(record) ? observedOf(record) : null
      if (observed !== null) one.queue.push(observed)
    }
  }

  #isNew({ app, id }: LogRecord): boolean {
    const key = `${app}\0${id}`
    if (this.#recent.has(key) || this.#older.has(key)) return false
    this.#recent.add(key)
    if (this.#recent.size >= REMEMBERED) {
      this.#older = this.#recent
      this.#recent = new Set()
    }
    return true
  }
}

/** The first offset whose record was taken in at `time` or later, as far as they are in order; the end if there is none. */
async function offsetAt(log: Log, partition: number, time: number): Promise<number> {
  let { start: low, end: high } = await log.bounds(TOPIC, partition)
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [record] = await log.read(TOPIC, partition, middle, { records: 1, bytes: 1 })
    if (record !== undefined && record.received < time) low = record.offset + 1
    else high = middle
  }
  return low
}
