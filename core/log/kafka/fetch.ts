import type { Topic } from '../log.js'
import { type Broker, type Cluster, Decoder, fetchRequest, leaderOf } from './cluster.js'
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
  /** The offset that the next record will get, as far as readers may see. */
  end: number
  records: Buffer
}

/** Asks the leaders of these partitions, which wait for so many milliseconds while there is nothing. */
export async function fetchRecords(cluster: Cluster, wanted: readonly Wanted[], wait: number): Promise<Fetched[]> {
  await cluster.refreshMetadataIfNecessary()
  const byLeader = groupBy(wanted, (part) => requireLeader(cluster, part))
  const answers = await Promise.all(
    [...byLeader].map(async ([nodeId, parts]) => ask(cluster, await cluster.findBroker({ nodeId }), parts, wait)),
  )
  return answers.flat()
}

function requireLeader(cluster: Cluster, { topic, partition }: Wanted): number {
  const leader = leaderOf(cluster, { topic, partition })
  if (leader < 0) throw new Error(`No broker leads ${topic}/${partition} now.`)
  return leader
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

/** Bytes of what is not needed: throttle time, error and session; two other offsets; a transaction; a preferred replica. */
const PREAMBLE = 10
const OFFSETS = 16
const ABORTED = 16
const REPLICA = 4

/** Fetch response 11. */
function decode(bytes: Buffer): Fetched[] {
  const decoder = new Decoder(bytes)
  decoder.forward(PREAMBLE)
  return decoder
    .readArray(() => {
      const topic = decoder.readString() as Topic
      return decoder.readArray(() => decodePartition(decoder, topic))
    })
    .flat()
}

function decodePartition(decoder: Decoder, topic: Topic): Fetched {
  const partition = decoder.readInt32()
  const code = decoder.readInt16()
  const end = Number(decoder.readInt64())
  decoder.forward(OFFSETS)
  decoder.readArray(() => decoder.forward(ABORTED))
  decoder.forward(REPLICA)
  return { topic, partition, code, end, records: decoder.readBytes() ?? Buffer.alloc(0) }
}
