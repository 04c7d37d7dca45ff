/** The log port: an append-only record of facts in topics and partitions. Drivers: lmdb (one machine), Kafka (many). */

export type Topic = 'assay.events' | 'assay.control' | 'assay.quarantine'

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
  committed(group: string, topic: Topic, partition: number): Promise<Commit | null>
  /** Resolves once the commit is durable. */
  commit(group: string, topic: Topic, partition: number, commit: Commit): Promise<void>
  /** Flushes what is under way, then closes. */
  close(): Promise<void>
}
