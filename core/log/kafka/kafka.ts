import { type Admin, Kafka, type KafkaConfig, logLevel, type PartitionMetadata } from 'kafkajs'
import { AssayError } from '../../errors.js'
import { type Log, type Membership, type Topic, topics } from '../log.js'
import { Appender } from './append.js'
import { newCluster } from './cluster.js'
import { GroupMember } from './group.js'
import { Reader } from './reader.js'
import { ensureTopics, type TopicOptions } from './topics.js'

export interface KafkaOptions extends TopicOptions, Pick<KafkaConfig, 'ssl' | 'sasl'> {
  brokers: string[]
  /** Told of each warning and error of the client. */
  onWarning?: (message: string) => void
}

/** The log on Apache Kafka, 2.3 or later. Makes its topics where they are missing. @throws AssayError `log-unavailable`, `topic-mismatch` */
export async function openKafkaLog({ onWarning = () => {}, ...options }: KafkaOptions): Promise<Log> {
  const kafka = new Kafka({
    clientId: 'assay',
    brokers: options.brokers,
    ...(options.ssl !== undefined && { ssl: options.ssl }),
    ...(options.sasl !== undefined && { sasl: options.sasl }),
    connectionTimeout: 3000,
    requestTimeout: 10_000,
    // A request that may wait is answered 503 rather than late.
    retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 4 },
    logLevel: logLevel.WARN,
    logCreator:
      () =>
      ({ log }) =>
        onWarning(log.message),
  })
  const admin = kafka.admin()
  const [reads, polls] = [newCluster(kafka), newCluster(kafka)]
  try {
    await admin.connect()
    await ensureTopics(admin, options)
    for (const cluster of [reads, polls]) {
      await cluster.connect()
      await cluster.addMultipleTargetTopics(topics)
    }
  } catch (cause) {
    if (cause instanceof AssayError) throw cause
    throw new AssayError('log-unavailable', `Kafka at ${options.brokers}: ${(cause as Error).message}`, { cause })
  }
  const partitions = await partitionsOf(admin)
  const appender = new Appender(kafka, (topic) => partitions.get(topic)!)
  await appender.connect()
  return new KafkaLog(kafka, admin, new Reader(reads, polls), appender, partitions)
}

async function partitionsOf(admin: Admin): Promise<Map<Topic, PartitionMetadata[]>> {
  const found = await admin.fetchTopicMetadata({ topics: [...topics] })
  return new Map(found.topics.map(({ name, partitions }) => [name as Topic, partitions]))
}

class KafkaLog implements Log {
  readonly #kafka: Kafka
  readonly #admin: Admin
  readonly #reader: Reader
  readonly #appender: Appender
  readonly #partitions: ReadonlyMap<Topic, PartitionMetadata[]>
  readonly read: Log['read']
  readonly wait: Log['wait']
  readonly append: Log['append']

  constructor(
    kafka: Kafka,
    admin: Admin,
    reader: Reader,
    appender: Appender,
    partitions: ReadonlyMap<Topic, PartitionMetadata[]>,
  ) {
    this.#kafka = kafka
    this.#admin = admin
    this.#reader = reader
    this.#appender = appender
    this.#partitions = partitions
    this.read = (...where) => reader.read(...where)
    this.wait = (...where) => reader.wait(...where)
    this.append = (topic, entries) => appender.append(topic, entries)
  }

  partitions(topic: Topic): number {
    return this.#partitions.get(topic)!.length
  }

  async bounds(topic: Topic, partition: number): Promise<{ start: number; end: number }> {
    const found = (await this.#admin.fetchTopicOffsets(topic)).find((p) => p.partition === partition)!
    return { start: Number(found.low), end: Number(found.high) }
  }

  async join(group: string, topic: Topic, assigned: (partitions: readonly number[]) => void): Promise<Membership> {
    const member = new GroupMember(this.#kafka, this.#admin, group, topic, assigned)
    await member.join()
    return member
  }

  async close(): Promise<void> {
    await this.#appender.close()
    await this.#reader.close()
    await this.#admin.disconnect()
  }
}
