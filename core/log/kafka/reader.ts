import { setTimeout as sleep } from 'node:timers/promises'
import { AssayError } from '../../errors.js'
import type { Log, LogRecord, Topic } from '../log.js'
import type { Cluster } from './cluster.js'
import { type Fetched, fetchRecords, type Wanted } from './fetch.js'
import { patiently } from './patience.js'
import { RecordSet } from './record-set.js'

/** Milliseconds a broker may wait for new records; also how long it takes a new waiter to join the others. */
const POLL = 200
/** Bytes of a partition fetched while waiting for records. */
const POLL_BYTES = 1024 * 1024
/** Milliseconds before a failed wait is tried again. */
const RETRY = 200
/** Kafka's code for an offset before the first record kept. */
const OUT_OF_RANGE = 1
/** Sets kept half read: of partitions that moved away nobody fetches the rest. */
const KEPT = 64

interface Waiter extends Wanted {
  wake: () => void
}

/** Reads partitions from any offset, and waits for records of many partitions in one request. */
export class Reader {
  readonly #reads: Cluster
  /** Its own connections: a broker that waits for records answers nothing else on the same one. */
  readonly #polls: Cluster
  readonly #bounds: Log['bounds']
  /** What was fetched and not read yet, by topic, partition and next offset. */
  readonly #fetched = new Map<string, RecordSet>()
  readonly #waiters = new Set<Waiter>()
  #polling: Promise<void> | null = null
  #closed = false

  constructor(reads: Cluster, polls: Cluster, bounds: Log['bounds']) {
    this.#reads = reads
    this.#polls = polls
    this.#bounds = bounds
  }

  async read(
    topic: Topic,
    partition: number,
    from: number,
    limit: { records: number; bytes: number },
  ): Promise<LogRecord[]> {
    const wanted = { topic, partition, offset: from, bytes: limit.bytes }
    const records = this.#take(wanted) ?? (await this.#fetch(wanted))
    return this.#readOn(wanted, records, limit)
  }

  /** Resolves when the partition holds a record at or after `offset`, or the signal aborts. */
  wait(topic: Topic, partition: number, offset: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#fetched.has(keyOf({ topic, partition, offset }))) return Promise.resolve()
    return new Promise((resolve) => {
      const waiter = { topic, partition, offset, bytes: POLL_BYTES, wake }
      const waiters = this.#waiters
      function wake() {
        waiters.delete(waiter)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      signal.addEventListener('abort', wake)
      waiters.add(waiter)
      this.#polling ??= this.#poll()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const waiter of this.#waiters) waiter.wake()
    await this.#polling
    await Promise.all([this.#reads.disconnect(), this.#polls.disconnect()])
  }

  /** What a set holds, up to the limit; the rest is kept for the read that goes on there. */
  #readOn(wanted: Wanted, set: RecordSet, limit: { records: number; bytes: number }): LogRecord[] {
    const records = set.take(limit)
    if (!set.empty) this.#keep({ ...wanted, offset: set.next }, set)
    return records
  }

  #keep(wanted: Wanted, set: RecordSet): void {
    this.#fetched.set(keyOf(wanted), set)
    for (const oldest of this.#fetched.keys()) {
      if (this.#fetched.size <= KEPT) break
      this.#fetched.delete(oldest)
    }
  }

  #take(wanted: Wanted): RecordSet | undefined {
    const key = keyOf(wanted)
    const set = this.#fetched.get(key)
    this.#fetched.delete(key)
    return set
  }

  #fetch(wanted: Wanted): Promise<RecordSet> {
    const fetch = async () => {
      const [fetched] = await fetchRecords(this.#reads, [wanted], 0)
      return opened(fetched!, wanted)
    }
    return patiently(fetch, () => this.#reads.refreshMetadata().catch(() => {}))
  }

  async #poll(): Promise<void> {
    while (this.#waiters.size > 0 && !this.#closed) {
      const waiters = [...this.#waiters]
      try {
        for (const fetched of await fetchRecords(this.#polls, waiters, POLL)) await this.#arrived(fetched, waiters)
      } catch {
        await sleep(RETRY)
        await this.#polls.refreshMetadata().catch(() => {})
      }
    }
    this.#polling = null
  }

  /** Wakes who waits for a partition that has records, or has lost them, as the read that follows will say. */
  async #arrived(fetched: Fetched, waiters: readonly Waiter[]): Promise<void> {
    const { topic, partition, code, records } = fetched
    if (code === 0 && records.length === 0) return
    for (const waiter of waiters.filter((w) => w.topic === topic && w.partition === partition)) {
      if (code !== OUT_OF_RANGE) this.#keep(waiter, await opened(fetched, waiter))
      else if (await this.#isToCome(waiter)) continue
      waiter.wake()
    }
  }

  async #isToCome({ topic, partition, offset }: Waiter): Promise<boolean> {
    await sleep(RETRY)
    return offset >= (await this.#bounds(topic, partition)).end
  }
}

const keyOf = ({ topic, partition, offset }: Omit<Wanted, 'bytes'>) => `${topic}/${partition}/${offset}`

async function opened({ code, records }: Fetched, { topic, partition, offset }: Wanted): Promise<RecordSet> {
  if (code === OUT_OF_RANGE) {
    throw new AssayError('log-incomplete', `Expected ${topic}/${partition} to hold offset ${offset}; it does not.`)
  }
  if (code !== 0) throw new Error(`${topic}/${partition} cannot be read: Kafka's error ${code}.`)
  return RecordSet.open(records, offset)
}
