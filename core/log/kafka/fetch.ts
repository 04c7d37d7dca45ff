import type { Topic } from '../log.js'
import { type Broker, type Cluster, fetchRequest } from './cluster.js'
import { groupBy } from './group-by.js'

/** What to read of a partition. */
export interface Wanted {
  topic: Topic
  partition: number
  offset: number
  bytes: number
}

/** What came of it: record batches from the one that holds the offset on. */
export interface Fetched {
  topic: Topic
  partition: number
  /** Kafka's error code; 0 when there is none. */
  code: number
  records: Buffer
}

/** Asks the leaders of these partitions, which wait for so many milliseconds while there is nothing. */
export async function fetchRecords(cluster: Cluster, wanted: readonly Wanted[], wait: number): Promise<Fetched[]> {
  await cluster.refreshMetadataIfNecessary()
  const byLeader = groupBy(wanted, ({ topic, partition }) => leaderOf(cluster, topic, partition))
  const answers = await Promise.all(
    [...byLeader].map(async ([nodeId, parts]) => ask(cluster, await cluster.findBroker({ nodeId }), parts, wait)),
  )
  return answers.flat()
}

function leaderOf(cluster: Cluster, topic: Topic, partition: number): number {
  const found = cluster.findTopicPartitionMetadata(topic).find((p) => p.partitionId === partition)
  if (found === undefined || found.leader < 0) throw new Error(`No broker leads ${topic}/${partition} now.`)
  return found.leader
}

async function ask(cluster: Cluster, broker: Broker, parts: readonly Wanted[], wait: number): Promise<Fetched[]> {
  const make = broker.lookupRequest(fetchRequest.apiKey, fetchRequest.definitions)
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
  const request = make({ maxWaitTime: wait, minBytes: 1, maxBytes: bytes, isolationLevel: 0, topics: byTopic(parts) })
  if (request.request.apiVersion !== VERSION) {
    throw new Error(`Expected a broker that answers Fetch version ${VERSION} (Kafka 2.3 and later).`)
  }
  try {
    const response = { decode: async (bytes: Buffer) => decode(bytes), parse: async (fetched: Fetched[]) => fetched }
    return (await broker.connectionPool.send({ ...request, response })) as Fetched[]
  } catch (error) {
    if ((error as Error).name === 'KafkaJSConnectionClosedError') cluster.removeBroker(broker.connectionPool)
    throw error
  }
}

function byTopic(parts: readonly Wanted[]) {
  return [...groupBy(parts, (part) => part.topic)].map(([topic, own]) => ({
    topic,
    partitions: own.map(({ partition, offset, bytes }) => ({
      partition,
      fetchOffset: String(offset),
      maxBytes: bytes,
    })),
  }))
}

const VERSION = 11

/** Bytes of what is not needed: throttle time, error and session; three watermarks; a transaction; a preferred replica. */
const PREAMBLE = 10
const OFFSETS = 24
const ABORTED = 16
const REPLICA = 4

/** Fetch response 11. */
function decode(bytes: Buffer): Fetched[] {
  const reader = new BigEndian(bytes)
  reader.skip(PREAMBLE)
  return reader
    .array(() => {
      const topic = reader.text() as Topic
      return reader.array(() => decodePartition(reader, topic))
    })
    .flat()
}

function decodePartition(reader: BigEndian, topic: Topic): Fetched {
  const partition = reader.int32()
  const code = reader.int16()
  reader.skip(OFFSETS)
  reader.array(() => reader.skip(ABORTED))
  reader.skip(REPLICA)
  return { topic, partition, code, records: reader.bytes() }
}

class BigEndian {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  skip(bytes: number): void {
    this.#at += bytes
  }

  int16(): number {
    this.#at += 2
    return this.#bytes.readInt16BE(this.#at - 2)
  }

  int32(): number {
    this.#at += 4
    return this.#bytes.readInt32BE(this.#at - 4)
  }

  text(): string {
    const length = this.int16()
    this.#at += length
    return this.#bytes.toString('utf8', this.#at - length, this.#at)
  }

  /** Null counts as empty. */
  bytes(): Buffer {
    const length = Math.max(0, this.int32())
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  array<T>(element: () => T): T[] {
    return Array.from({ length: Math.max(0, this.int32()) }, element)
  }
}
