import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Admin, type Consumer, type Kafka } from 'kafkajs'
import type { Commit, Membership, Topic } from '../log.js'
import { stickyAssigner } from './assigner.js'
import { patiently } from './patience.js'

/** Milliseconds before a member that was thrown out joins again. */
const REJOIN = 200

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
  /** Null while one that crashed is being replaced. */
  #consumer: Consumer | null = null
  #replacing: Promise<void> = Promise.resolve()
  /** The partitions that this member has. */
  #held: readonly number[] = []
  #left = false
  #silence: NodeJS.Timeout | undefined
  /** By partition, the metadata of the last commit that a broker took. */
  readonly #confirmed = new Map<number, string | null | undefined>()

  constructor(options: GroupOptions) {
    this.#o = options
  }

  async join(): Promise<void> {
    const consumer = this.#o.kafka.consumer({
      groupId: this.#o.group,
      sessionTimeout: this.#o.session,
      heartbeatInterval: this.#o.session / 10,
      // How long its loop sleeps between heartbeats.
      maxWaitTimeInMs: this.#o.session / 20,
      allowAutoTopicCreation: false,
      // Members of a version that knows only the other go on beside this one.
      partitionAssigners: [stickyAssigner(this.#o.topic, () => this.#held), kafkajs.PartitionAssigners.roundRobin],
      // kafkajs would start again by itself, even a consumer that was replaced.
      retry: { restartOnFailure: async () => false },
    })
    consumer.on('consumer.group_join', ({ payload }) => {
      // One that was replaced while it joined must not stay; in a moment it runs, and can be stopped.
      if (consumer !== this.#consumer) return setImmediate(() => end(consumer))
      consumer.pause([{ topic: this.#o.topic }])
      this.#watch(consumer)
      // In a moment the consumer runs, and commits.
      return setImmediate(() => this.#hold(payload.memberAssignment[this.#o.topic] ?? []))
    })
    consumer.on('consumer.commit_offsets', ({ payload }) => {
      for (const { partitions } of payload.topics)
        for (const { partition, metadata } of partitions as Committed[])
          this.#confirmed.set(Number(partition), metadata)
    })
    consumer.on('consumer.heartbeat', () => this.#watch(consumer))
    consumer.on('consumer.crash', () => this.#crashed(consumer))
    this.#consumer = consumer
    await consumer.connect()
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
    // One that is just joining would not hear that it should stop.
    await this.#replacing
    await this.#consumer?.disconnect()
  }

  #hold(partitions: readonly number[]): void {
    this.#held = partitions
    this.#o.assigned(partitions)
  }

  /** kafkajs beats by the clock: once that is set back by a day, it would not beat for a day, nor notice. */
  #watch(consumer: Consumer): void {
    if (consumer !== this.#consumer) return
    clearTimeout(this.#silence)
    this.#silence = setTimeout(() => this.#crashed(consumer), 2 * this.#o.session)
    this.#silence.unref()
  }

  /** Whatever it was, one other consumer takes its place: of two, one would keep partitions that nobody reads. */
  #crashed(consumer: Consumer): void {
    if (this.#left || consumer !== this.#consumer) return
    clearTimeout(this.#silence)
    this.#consumer = null
    this.#hold([])
    end(consumer)
    this.#replacing = this.#replacing.then(() => this.#replace())
  }

  async #replace(): Promise<void> {
    while (this.#consumer === null) {
      await sleep(REJOIN)
      if (this.#left) return
      await this.join().catch(() => {
        if (this.#consumer !== null) end(this.#consumer)
        this.#consumer = null
      })
    }
  }
}

/** Not waited for: it may hang as long as a broker does. */
function end(consumer: Consumer): void {
  consumer.disconnect().catch(() => {})
}
