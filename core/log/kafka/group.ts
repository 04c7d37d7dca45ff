import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin, Consumer, Kafka } from 'kafkajs'
import type { Commit, Membership, Topic } from '../log.js'
import { patiently } from './patience.js'

/** Milliseconds of silence after which a member's partitions go to others. */
const SESSION = 10_000
const HEARTBEAT = 1000
/** Milliseconds before a member that was thrown out joins again. */
const REJOIN = 1000

interface Committed {
  partition: string | number
  metadata?: string | null
}

/**
 * A member of a consumer group that never consumes: kafkajs keeps the membership, the assignment and the commits, and
 * the records are read by offset. Everything is paused, so that its loop only beats.
 */
export class GroupMember implements Membership {
  readonly #kafka: Kafka
  readonly #admin: Admin
  readonly #group: string
  readonly #topic: Topic
  readonly #assigned: (partitions: readonly number[]) => void
  #consumer: Consumer | null = null
  #left = false
  /** By partition, the metadata of the last commit that a broker took. */
  readonly #confirmed = new Map<number, string | null | undefined>()

  constructor(
    kafka: Kafka,
    admin: Admin,
    group: string,
    topic: Topic,
    assigned: (partitions: readonly number[]) => void,
  ) {
    this.#kafka = kafka
    this.#admin = admin
    this.#group = group
    this.#topic = topic
    this.#assigned = assigned
  }

  async join(): Promise<void> {
    const consumer = this.#kafka.consumer({
      groupId: this.#group,
      sessionTimeout: SESSION,
      heartbeatInterval: HEARTBEAT,
      maxWaitTimeInMs: HEARTBEAT / 2,
      allowAutoTopicCreation: false,
    })
    consumer.on('consumer.group_join', ({ payload }) => {
      consumer.pause([{ topic: this.#topic }])
      // In a moment the consumer runs, and commits.
      setImmediate(() => this.#assigned(payload.memberAssignment[this.#topic] ?? []))
    })
    consumer.on('consumer.commit_offsets', ({ payload }) => {
      for (const { partitions } of payload.topics)
        for (const { partition, metadata } of partitions as Committed[])
          this.#confirmed.set(Number(partition), metadata)
    })
    consumer.on('consumer.crash', ({ payload }) => this.#crashed(consumer, payload.restart))
    this.#consumer = consumer
    await consumer.connect()
    await consumer.subscribe({ topics: [this.#topic], fromBeginning: true })
    await consumer.run({ autoCommit: false, eachBatch: async () => {} })
  }

  async committed(partition: number): Promise<Commit | null> {
    const wanted = { groupId: this.#group, topics: [this.#topic] }
    const [found] = await patiently(() => this.#admin.fetchOffsets(wanted))
    const commit = found?.partitions.find((p) => p.partition === partition)
    if (commit === undefined || Number(commit.offset) < 0) return null
    return { offset: Number(commit.offset), metadata: commit.metadata ?? '' }
  }

  async commit(partition: number, { offset, metadata }: Commit): Promise<void> {
    this.#confirmed.delete(partition)
    await this.#consumer!.commitOffsets([{ topic: this.#topic, partition, offset: String(offset), metadata }])
    // kafkajs resolves without a word, and without a commit, while its consumer is not yet or no longer running.
    if (this.#confirmed.get(partition) !== metadata) throw new Error('This member of the group is not running.')
  }

  async leave(): Promise<void> {
    this.#left = true
    await this.#consumer?.disconnect()
  }

  /** kafkajs starts again by itself after what it takes for passing trouble. */
  async #crashed(consumer: Consumer, restarts: boolean): Promise<void> {
    this.#assigned([])
    if (restarts) return
    await consumer.disconnect().catch(() => {})
    while (!this.#left) {
      await sleep(REJOIN)
      const joined = await this.join().then(
        () => true,
        () => false,
      )
      if (joined) return
    }
  }
}
