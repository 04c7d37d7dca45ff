import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Kafka, type Message, type PartitionMetadata, type Producer } from 'kafkajs'
import { AssayError } from '../../errors.js'
import type { Entry, Topic } from '../log.js'
import { escapeLine } from './record-set.js'

/** Bytes of one partition's records in a request, well below what topics and brokers take. */
const REQUEST_BYTES = 900_000
/** Milliseconds between attempts to reach the brokers again. */
const RECONNECT = 500

type Placed = Message & { partition: number; value: Buffer }

interface Pending {
  topic: Topic
  messages: Placed[]
  resolve: () => void
  reject: (error: unknown) => void
}

/**
 * Appends by an idempotent producer, acknowledged by all replicas. One request is under way at a time, as kafkajs counts
 * sequence numbers for one only; what arrives meanwhile shares the next. A producer whose request failed is replaced,
 * since its numbers are unknown; until one can be, appends are refused at once.
 */
export class Appender {
  readonly #kafka: Kafka
  readonly #partitions: (topic: Topic) => PartitionMetadata[]
  /** By the key's murmur2, as Kafka's own clients do. */
  readonly #place = kafkajs.Partitioners.DefaultPartitioner()
  #producer: Producer | null = null
  #reconnecting: Promise<void> | null = null
  #pending: Pending[] = []
  #sending: Promise<void> | null = null
  #closed = false

  constructor(kafka: Kafka, partitions: (topic: Topic) => PartitionMetadata[]) {
    this.#kafka = kafka
    this.#partitions = partitions
  }

  async connect(): Promise<void> {
    const producer = this.#kafka.producer({ idempotent: true, allowAutoTopicCreation: false, maxInFlightRequests: 1 })
    await producer.connect()
    this.#producer = producer
  }

  append(topic: Topic, entries: Entry[]): Promise<void> {
    if (this.#producer === null) return Promise.reject(unavailable('no broker can be reached'))
    const messages = entries.map((entry) => this.#message(topic, entry))
    return new Promise((resolve, reject) => {
      this.#pending.push({ topic, messages, resolve, reject })
      this.#sending ??= this.#sendAll()
    })
  }

  /** Sends what waits, then disconnects. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#sending
    await this.#reconnecting
    await this.#producer?.disconnect()
  }

  async #sendAll(): Promise<void> {
    // One turn of the event loop gathers the requests that arrived together.
    await new Promise(setImmediate)
    while (this.#pending.length > 0) await this.#send(this.#take())
    this.#sending = null
  }

  /** What fits one request of all that waits; at least one append. */
  #take(): Pending[] {
    const bytes = new Map<string, number>()
    const over = this.#pending.findIndex(({ topic, messages }) => {
      for (const { partition, value } of messages) {
        const place = `${topic}/${partition}`
        bytes.set(place, (bytes.get(place) ?? 0) + value.length)
      }
      return Math.max(...bytes.values()) > REQUEST_BYTES
    })
    return this.#pending.splice(0, over === -1 ? this.#pending.length : Math.max(1, over))
  }

  #message(topic: Topic, { app, user, id, received, value }: Entry): Placed {
    const key = `${escapeLine(app)}\n${user}`
    const partition = this.#place({ topic, partitionMetadata: this.#partitions(topic), message: { key, value: null } })
    return { key, partition, value: Buffer.from(value), headers: { id }, timestamp: String(received) }
  }

  async #send(batch: readonly Pending[]): Promise<void> {
    const topics = [...new Set(batch.map((p) => p.topic))]
    const topicMessages = topics.map((topic) => {
      return { topic, messages: batch.flatMap((p) => (p.topic === topic ? p.messages : [])) }
    })
    try {
      await this.#producer!.sendBatch({ acks: -1, compression: kafkajs.CompressionTypes.GZIP, topicMessages })
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
    broken?.disconnect().catch(() => {})
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
