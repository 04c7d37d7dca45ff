import kafkajs, { type Admin, type Kafka, type KafkaConfig } from 'kafkajs'
import { AssayError } from '../../errors.js'
import { type Log, type Topic, topics } from '../log.js'
import { Appender } from './append.js'
import { type Cluster, newCluster } from './cluster.js'
import { GroupMember } from './group.js'
import { Producer } from './producer.js'
import { Reader } from './reader.js'
import { ensureTopics, type TopicOptions } from './topics.js'

export interface KafkaOptions extends TopicOptions, Pick<KafkaConfig, 'ssl' | 'sasl'> {
  brokers: string[]
  /** Milliseconds of silence after which a member's partitions go to others; 10,000 if not given. */
  session?: number
  /** Told of each error of the client, which it may well get over. */
  onWarning?: (message: string) => void
}

/**
 * The log on Apache Kafka, 2.3 or later. Makes its topics where they are missing.
 * @throws AssayError `log-unavailable` where no broker answers, `topic-mismatch`
 */
export async function openKafkaLog(options: KafkaOptions): Promise<Log> {
  const kafka = clientOf(options)
  const admin = kafka.admin()
  const [reads, polls] = [newCluster(kafka), newCluster(kafka)]
  const partitions = await connect(admin, [reads, polls], options)
  const offsets = atOnce((topic: Topic) => admin.fetchTopicOffsets(topic))
  const bounds = async (topic: Topic, partition: number) => {
    const found = (await offsets(topic)).find((p) => p.partition === partition)!
    return { start: Number(found.low), end: Number(found.high) }
  }
  const reader = new Reader(reads, polls, bounds)
  const open = async () => Producer.open(await connected(newCluster(kafka)), 'assay.events')
  const appender = new Appender(open, (topic) => partitions.get(topic)!)
  await appender.connect()
  return {
    partitions: (topic) => partitions.get(topic)!,
    append: (topic, entries) => appender.append(topic, entries),
    bounds,
    read: (topic, partition, from, limit) => reader.read(topic, partition, from, limit),
    wait: (topic, partition, offset, signal) => reader.wait(topic, partition, offset, signal),
    async join(group, topic, assigned) {
      const member = new GroupMember({ kafka, admin, group, topic, session: options.session ?? 10_000, assigned })
      await member.join()
      return member
    },
    async close() {
      await appender.close()
      await reader.close()
      await admin.disconnect()
    },
  }
}

/** Those who ask at once share an answer: Kafka tells the offsets of all partitions or of none. */
function atOnce<Answer>(ask: (topic: Topic) => Promise<Answer>): (topic: Topic) => Promise<Answer> {
  const asked = new Map<Topic, Promise<Answer>>()
  return (topic) => {
    const answer = asked.get(topic) ?? ask(topic)
    if (!asked.has(topic)) queueMicrotask(() => asked.delete(topic))
    asked.set(topic, answer)
    return answer
  }
}

function clientOf({ brokers, ssl, sasl, onWarning = () => {} }: KafkaOptions): Kafka {
  return new kafkajs.Kafka({
    clientId: 'assay',
    brokers,
    ...(ssl !== undefined && { ssl }),
    ...(sasl !== undefined && { sasl }),
    connectionTimeout: 3000,
    requestTimeout: 10_000,
    // A request that may wait is answered 503 rather than late.
    retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 4 },
    logLevel: kafkajs.logLevel.ERROR,
    logCreator: () => (entry) => onWarning(entry.log.message),
  })
}

async function connected(cluster: Cluster): Promise<Cluster> {
  await cluster.connect()
  await cluster.addMultipleTargetTopics(topics)
  return cluster
}

/** @returns how many partitions each topic has */
async function connect(admin: Admin, clusters: readonly Cluster[], options: KafkaOptions) {
  try {
    await admin.connect()
    await ensureTopics(admin, options)
    await Promise.all(clusters.map(connected))
    const found = await admin.fetchTopicMetadata({ topics: [...topics] })
    return new Map(found.topics.map(({ name, partitions }) => [name as Topic, partitions.length]))
  } catch (cause) {
    await Promise.allSettled([admin.disconnect(), ...clusters.map((cluster) => cluster.disconnect())])
    if (cause instanceof AssayError) throw cause
    throw new AssayError('log-unavailable', `Kafka at ${options.brokers}: ${(cause as Error).message}`, { cause })
  }
}
