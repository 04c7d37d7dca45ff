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
  /** What was fetched, or is being, and not read yet, by topic, partition and next offset; null where that failed. */
  readonly #fetched = new Map<string, Promise<RecordSet | null>>()
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
    const set = (await this.#take(wanted)) ?? (await this.#patientlyFetch(wanted))
    if (set.more) this.#fetchAhead({ ...wanted, offset: set.end })
    const records = set.take(limit)
    if (!set.empty) this.#keep({ ...wanted, offset: set.next }, set)
    return records
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

  /** For the read that goes on there. */
  #keep(wanted: Wanted, set: RecordSet | Promise<RecordSet | null>): void {
    this.#fetched.set(keyOf(wanted), Promise.resolve(set))
    for (const oldest of this.#fetched.keys()) {
      if (this.#fetched.size <= KEPT) break
      this.#fetched.delete(oldest)
    }
  }

  #take(wanted: Wanted): Promise<RecordSet | null> | undefined {
    const key = keyOf(wanted)
    const set = this.#fetched.get(key)
    this.#fetched.delete(key)
    return set
  }

  #patientlyFetch(wanted: Wanted): Promise<RecordSet> {
    return patiently(
      () => this.#fetch(wanted),
      () => this.#reads.refreshMetadata().catch(() => {}),
    )
  }

  async #fetch(wanted: Wanted): Promise<RecordSet> {
    const [fetched] = await fetchRecords(this.#reads, [wanted], 0)
    return opened(fetched!, wanted)
  }

  /** While the records before are read: the broker answers meanwhile. */
  #fetchAhead(wanted: Wanted): void {
    if (!this.#fetched.has(keyOf(wanted)))
      this.#keep(
        wanted,
        this.#fetch(wanted).catch(() => null),
      )
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
      if (code !== OUT_OF_RANGE) this.#keep(waiter, opened(fetched, waiter))
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

function opened({ code, records, end }: Fetched, { topic, partition, offset }: Wanted): RecordSet {
  if (code === OUT_OF_RANGE) {
    throw new AssayError('log-incomplete', `Expected ${topic}/${partition} to hold offset ${offset}; it does not.`)
  }
  if (code !== 0) throw new Error(`${topic}/${partition} cannot be read: Kafka's error ${code}.`)
  return new RecordSet(records, offset, end)
}
