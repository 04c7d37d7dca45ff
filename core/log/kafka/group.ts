import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin, Consumer, Kafka } from 'kafkajs'
import type { Commit, Membership, Topic } from '../log.js'
import { patiently } from './patience.js'

/** Milliseconds before a member that was thrown out joins again. */
const REJOIN = 500

interface Committed {
  partition: string | number
  metadata?: string | null
}

export interface GroupOptions {
  kafka: Kafka
  admin: Admin
  group: string
  topic: Topic
  /** Milliseconds of silence after which a member's partitions go to others. */
  session: number
  /** Told of all partitions this member has now. */
  assigned: (partitions: readonly number[]) => void
}

/**
 * A member of a consumer group that never consumes: kafkajs keeps the membership, the assignment and the commits, and
 * the records are read by offset. Everything is paused, so that its loop only beats.
 */
export class GroupMember implements Membership {
  readonly #o: GroupOptions
  #consumer: Consumer | null = null
  #left = false
  #silence: NodeJS.Timeout | undefined
  /** By partition, the metadata of the last commit that a broker took. */
  readonly #confirmed = new Map<number, string | null | undefined>()

  constructor(options: GroupOptions) {
    this.#o = options
  }

  /** @throws what a broker refused */
  join(): Promise<void> {
    return this.#run(this.#newConsumer())
  }

  #newConsumer(): Consumer {
    const consumer = this.#o.kafka.consumer({
      groupId: this.#o.group,
      sessionTimeout: this.#o.session,
      heartbeatInterval: this.#o.session / 10,
      // How long its loop sleeps between heartbeats.
      maxWaitTimeInMs: this.#o.session / 20,
      allowAutoTopicCreation: false,
      // Restarting, it may become two members, one of which nobody hears of, and whose partitions nobody reads.
      retry: { restartOnFailure: async () => false },
    })
    consumer.on('consumer.group_join', ({ payload }) => {
      if (consumer !== this.#consumer) return setImmediate(() => end(consumer))
      consumer.pause([{ topic: this.#o.topic }])
      this.#watch(consumer)
      // In a moment the consumer runs, and commits.
      return setImmediate(() => this.#o.assigned(payload.memberAssignment[this.#o.topic] ?? []))
    })
    consumer.on('consumer.commit_offsets', ({ payload }) => {
      for (const { partitions } of payload.topics)
        for (const { partition, metadata } of partitions as Committed[])
          this.#confirmed.set(Number(partition), metadata)
    })
    consumer.on('consumer.heartbeat', () => this.#watch(consumer))
    consumer.on('consumer.crash', () => this.#replace(consumer))
    return consumer
  }

  async #run(consumer: Consumer): Promise<void> {
    this.#consumer = consumer
    await consumer.connect()
    if (this.#left) return end(consumer)
    await consumer.subscribe({ topics: [this.#o.topic], fromBeginning: true })
    await consumer.run({ autoCommit: false, eachBatch: async () => {} })
  }

  async committed(partition: number): Promise<Commit | null> {
    const wanted = { groupId: this.#o.group, topics: [this.#o.topic] }
    const [found] = await patiently(() => this.#o.admin.fetchOffsets(wanted))
    const commit = found?.partitions.find((p) => p.partition === partition)
    if (commit === undefined || Number(commit.offset) < 0) return null
    return { offset: Number(commit.offset), metadata: commit.metadata ?? '' }
  }

  async commit(partition: number, { offset, metadata }: Commit): Promise<void> {
    this.#confirmed.delete(partition)
    await this.#consumer?.commitOffsets([{ topic: this.#o.topic, partition, offset: String(offset), metadata }])
    // kafkajs resolves without a word, and without a commit, while its consumer is not yet or no longer running.
    if (this.#confirmed.get(partition) !== metadata) throw new Error('This member of the group is not running.')
  }

  async leave(): Promise<void> {
    this.#left = true
    clearTimeout(this.#silence)
    await this.#consumer?.disconnect()
  }

  /** kafkajs beats by the clock: once that is set back by a day, it would not beat for a day, nor notice. */
  #watch(consumer: Consumer): void {
    if (consumer !== this.#consumer) return
    clearTimeout(this.#silence)
    this.#silence = setTimeout(() => this.#replace(consumer), 2 * this.#o.session)
    this.#silence.unref()
  }

  /** Joins again as another member, until that is replaced in its turn. */
  async #replace(consumer: Consumer): Promise<void> {
    if (this.#left || consumer !== this.#consumer) return
    this.#consumer = null
    clearTimeout(this.#silence)
    this.#o.assigned([])
    end(consumer)
    await sleep(REJOIN)
    if (this.#left) return
    const next = this.#newConsumer()
    this.#run(next).catch(() => void this.#replace(next))
  }
}

/** Not waited for: it may hang as long as a broker does. */
function end(consumer: Consumer): void {
  consumer.disconnect().catch(() => {})
}
