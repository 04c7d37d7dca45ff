import { setTimeout as sleep } from 'node:timers/promises'
import { AssayError } from '../../errors.js'
import type { Entry, Topic } from '../log.js'
import { partitionOf } from './partition-of.js'
import type { Placed, Producer } from './producer.js'
import { escapeLine } from './record-set.js'

/** Characters of one partition's records in a request, well below what topics and brokers take. */
const REQUEST = 900_000
/** Milliseconds between attempts to reach the brokers again. */
const RECONNECT = 500

/** Characters of all that waits for brokers that are slow; what comes beyond is refused. */
const WAITING = 64 * 1024 * 1024

interface Pending {
  messages: Placed[]
  resolve: () => void
  reject: (error: unknown) => void
}

/**
 * Appends by an idempotent producer. One request is under way at a time; what arrives meanwhile shares the next. A
 * producer whose request failed is replaced; until one can be, appends are refused at once.
 */
export class Appender {
  readonly #open: () => Promise<Producer>
  readonly #partitions: (topic: Topic) => number
  #producer: Producer | null = null
  #reconnecting: Promise<void> | null = null
  #pending: Pending[] = []
  /** Characters of what waits or is under way. */
  #waiting = 0
  #sending: Promise<void> | null = null
  #closed = false

  /** `open` gives a new producer, on connections of its own. */
  constructor(open: () => Promise<Producer>, partitions: (topic: Topic) => number) {
    this.#open = open
    this.#partitions = partitions
  }

  async connect(): Promise<void> {
    this.#producer = await this.#open()
  }

  append(topic: Topic, entries: readonly Entry[]): Promise<void> {
    if (this.#producer === null) return Promise.reject(unavailable('no broker can be reached'))
    if (this.#waiting > WAITING) return Promise.reject(unavailable('too much waits for the brokers already'))
    const messages = entries.map((entry) => this.#message(topic, entry))
    const size = entries.reduce((sum, { value }) => sum + value.length, 0)
    this.#waiting += size
    return new Promise<void>((resolve, reject) => {
      this.#pending.push({ messages, resolve, reject })
      this.#sending ??= this.#sendAll()
    }).finally(() => {
      this.#waiting -= size
    })
  }

  /** Sends what waits, then disconnects. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#sending
    await this.#reconnecting
    await this.#producer?.close()
  }

  async #sendAll(): Promise<void> {
    // One turn of the event loop gathers the requests that arrived together.
    await new Promise(setImmediate)
    while (this.#pending.length > 0) await this.#send(this.#take())
    this.#sending = null
  }

  /** What fits one request of all that waits; at least one append. */
  #take(): Pending[] {
    const sizes = new Map<string, number>()
    const over = this.#pending.findIndex(({ messages }) => {
      for (const { topic, partition, value } of messages) {
        const place = `${topic}/${partition}`
        sizes.set(place, (sizes.get(place) ?? 0) + value.length)
      }
      return Math.max(...sizes.values()) > REQUEST
    })
    return this.#pending.splice(0, over === -1 ? this.#pending.length : Math.max(1, over))
  }

  #message(topic: Topic, { app, user, id, received, value }: Entry): Placed {
    const key = `${escapeLine(app)}\n${user}`
    return { topic, partition: partitionOf(key, this.#partitions(topic)), key, id, value, time: received }
  }

  async #send(batch: readonly Pending[]): Promise<void> {
    try {
      await this.#producer!.send(batch.flatMap((p) => p.messages))
    } catch (error) {
      const refused = unavailable((error as Error).message, error)
      for (const { reject } of [...batch, ...this.#pending.splice(0)]) reject(refused)
      this.#replace()
      return
    }
    for (const { resolve } of batch) resolve()
  }

  #replace(): void {
    const broken = this.#producer
    this.#producer = null
    broken?.close().catch(() => {})
    this.#reconnecting ??= this.#reconnect()
  }

  async #reconnect(): Promise<void> {
    while (this.#producer === null && !this.#closed) await this.connect().catch(() => sleep(RECONNECT))
    this.#reconnecting = null
  }
}

function unavailable(why: string, cause?: unknown): AssayError {
  return new AssayError('log-unavailable', `The log could not be written: ${why}`, { cause })
}
