import { setTimeout as sleep } from 'node:timers/promises'
import type { Topic } from '../log.js'
import { type Broker, type Cluster, Encoder, leaderOf, produceRequest } from './cluster.js'
import { groupBy } from './group-by.js'
import { patiently } from './patience.js'
import { encodeBatch, type Message } from './record-batch.js'

export interface Placed extends Message {
  topic: Topic
  partition: number
}

/** A partition's records of one request, numbered. */
interface Part {
  topic: Topic
  partition: number
  batch: Buffer
}

/** Milliseconds a broker may wait for its replicas. */
const TIMEOUT = 5000
/** All replicas that are in sync acknowledge. */
const ALL = -1
/** Times a part is sent while its leader moves, and milliseconds before each. */
const TRIES = 5
const AGAIN = 200
/** Kafka's codes for a leader that moves, or waits for replicas; and for a batch it has already. */
const PASSING = new Set([3, 5, 6, 7, 8, 13, 19, 20])
const DUPLICATE = 46

/**
 * An idempotent producer (KIP-98): a broker takes each batch once and in order, whatever is sent twice. One `send` at a
 * time. After one that failed the numbers are unknown: the producer is of no further use.
 */
export class Producer {
  readonly #cluster: Cluster
  readonly #id: bigint
  readonly #epoch: number
  readonly #sent = new Map<string, number>()

  private constructor(cluster: Cluster, id: bigint, epoch: number) {
    this.#cluster = cluster
    this.#id = id
    this.#epoch = epoch
  }

  /** On a cluster of its own, whose topics must be known. */
  static async open(cluster: Cluster, topic: Topic): Promise<Producer> {
    const broker = await cluster.findBroker({ nodeId: leaderOf(cluster, { topic, partition: 0 }) })
    // A broker that has just started is still learning which numbers are taken.
    const { producerId, producerEpoch } = await patiently(() => {
      return broker.initProducerId({ transactionTimeout: TIMEOUT })
    })
    return new Producer(cluster, BigInt(producerId), producerEpoch)
  }

  /** Resolves once all replicas in sync have all messages. */
  async send(messages: readonly Placed[]): Promise<void> {
    const groups = groupBy(messages, ({ topic, partition }) => `${topic}/${partition}`)
    const parts = await Promise.all([...groups].map(([place, own]) => this.#number(place, own)))
    await this.#deliver(parts, TRIES)
  }

  close(): Promise<void> {
    return this.#cluster.disconnect()
  }

  async #number(place: string, messages: readonly Placed[]): Promise<Part> {
    const { topic, partition } = messages[0]!
    const first = this.#sent.get(place) ?? 0
    this.#sent.set(place, (first + messages.length) % 2 ** 31)
    return { topic, partition, batch: await encodeBatch(messages, { producer: this.#id, epoch: this.#epoch, first }) }
  }

  /** The same bytes again for parts whose leader moved: the broker knows the numbers of those it took. */
  async #deliver(parts: readonly Part[], tries: number): Promise<void> {
    const byLeader = groupBy(parts, (part) => leaderOf(this.#cluster, part))
    const left = await Promise.all([...byLeader].map(([nodeId, own]) => this.#ask(nodeId, own)))
    if (left.flat().length === 0) return
    if (tries === 1) throw new Error(`${left.flat().length} partitions have no leader now.`)
    await sleep(AGAIN)
    await this.#cluster.refreshMetadata()
    await this.#deliver(left.flat(), tries - 1)
  }

  /** @returns the parts this broker does not lead, or not now */
  async #ask(nodeId: number, parts: readonly Part[]): Promise<readonly Part[]> {
    if (nodeId < 0) return parts
    const broker = await this.#cluster.findBroker({ nodeId })
    const codes = await send(broker, parts)
    const failed = codes.filter(({ code }) => code !== 0 && code !== DUPLICATE)
    const refused = failed.find(({ code }) => !PASSING.has(code))
    if (refused !== undefined) {
      throw new Error(`${refused.topic}/${refused.partition} took no records: Kafka's error ${refused.code}.`)
    }
    return parts.filter((p) => failed.some((f) => f.topic === p.topic && f.partition === p.partition))
  }
}

interface Code {
  topic: string
  partition: number
  code: number
}

async function send(broker: Broker, parts: readonly Part[]): Promise<Code[]> {
  const make = broker.lookupRequest(produceRequest.apiKey, produceRequest.definitions)
  const { request, response } = make({ acks: ALL, timeout: TIMEOUT, topicData: [] })
  const { topics } = (await broker.connectionPool.send({
    request: { ...request, encode: async () => encodeRequest(parts) },
    // kafkajs throws the first error of a response; the others matter too.
    response: { decode: response.decode, parse: async (decoded: unknown) => decoded },
  })) as { topics: { topicName: string; partitions: { partition: number; errorCode: number }[] }[] }
  return topics.flatMap(({ topicName: topic, partitions }) =>
    partitions.map(({ partition, errorCode: code }) => ({ topic, partition, code })),
  )
}

/** Produce request 3 to 7: no transaction, acks, timeout, and for each topic its partitions' batches. */
function encodeRequest(parts: readonly Part[]): Encoder {
  const encoder = new Encoder().writeString(null).writeInt16(ALL).writeInt32(TIMEOUT)
  const topics = [...groupBy(parts, (part) => part.topic)]
  encoder.writeInt32(topics.length)
  for (const [topic, own] of topics) {
    encoder.writeString(topic).writeInt32(own.length)
    for (const { partition, batch } of own) encoder.writeInt32(partition).writeBytes(batch)
  }
  return encoder
}
