/** The log port: an append-only record of facts in topics and partitions. Drivers: lmdb (one machine), Kafka (many). */

export const topics = ['assay.events', 'assay.control', 'assay.quarantine'] as const
export type Topic = (typeof topics)[number]

/** What a writer hands over. App, id and time travel outside the payload, so that no reader has to parse JSON. */
export interface Entry {
  app: string
  /** One user's events stay in order in one partition. */
  user: string
  /** The event's idempotency key. */
  id: string
  /** Unix milliseconds. */
  received: number
  /** One line of JSON without a newline. */
  value: string
}

/** The payload is `start` to `end` of `bytes`, which many records share: a buffer for each would cost more than all else. */
export interface LogRecord {
  offset: number
  app: string
  id: string
  received: number
  bytes: Buffer
  start: number
  end: number
}

export function payload({ bytes, start, end }: LogRecord): Buffer {
  return bytes.subarray(start, end)
}

/** A consumer group's position: records before `offset` are done; `metadata` carries the open claim. */
export interface Commit {
  offset: number
  metadata: string
}

/** A member of a consumer group, and what the group has committed. */
export interface Membership {
  committed(partition: number): Promise<Commit | null>
  /** Resolves once the commit is durable. Rejects when this member was replaced, if that is known. */
  commit(partition: number, commit: Commit): Promise<void>
  /** Gives the partitions to the others. */
  leave(): Promise<void>
}

export interface Log {
  partitions(topic: Topic): number
  /** Resolves once every entry is flushed to disk (or acknowledged by all replicas). Throws `log-unavailable`. */
  append(topic: Topic, entries: Entry[]): Promise<void>
  /** The first offset still kept, and the offset the next record will get. */
  bounds(topic: Topic, partition: number): Promise<{ start: number; end: number }>
  /** Records from `from` on, in order, at most `limit.records` and about `limit.bytes`; offsets may have gaps. */
  read(topic: Topic, partition: number, from: number, limit: { records: number; bytes: number }): Promise<LogRecord[]>
  /** Resolves when the partition holds a record at or after `offset`, or the signal aborts. */
  wait(topic: Topic, partition: number, offset: number, signal: AbortSignal): Promise<void>
  /**
   * Joins a consumer group, whose members share the topic's partitions: each is one member's at a time. `assigned` is told
   * of all partitions this member has now, at first and after each change; another may have written to one that it lost.
   */
  join(group: string, topic: Topic, assigned: (partitions: readonly number[]) => void): Promise<Membership>
  /** Flushes what is under way, then closes. */
  close(): Promise<void>
}

/** The partitions of the events. */
export function partitionsOf(log: Log): number[] {
  return Array.from({ length: log.partitions('assay.events') }, (_, p) => p)
}

/** For each of them the offset that the next record will get. */
export function endsOf(log: Log): Promise<number[]> {
  return Promise.all(partitionsOf(log).map(async (p) => (await log.bounds('assay.events', p)).end))
}

/** A log that lies on this machine alone, and can be copied from there. */
export interface LocalLog extends Log {
  /** A topic's records up to its present end as the driver stores them, some chunks at a time. Throws `log-incomplete`. */
  chunks(topic: Topic): AsyncIterable<Buffer[]>
}

export function isLocal(log: Log): log is LocalLog {
  return 'chunks' in log
}
