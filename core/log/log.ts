/** The log port: an append-only record of facts in topics and partitions. Drivers: lmdb (one machine), Kafka (many). */

export type Topic = 'assay.events' | 'assay.control' | 'assay.quarantine'

/** What a writer hands over. The id, key and time travel outside the payload, so that no reader has to parse JSON. */
export interface Entry {
  /** `app` NUL `user`: one user's events stay in order in one partition. */
  key: string
  /** The event's idempotency key. */
  id: string
  /** Unix milliseconds. */
  received: number
  /** One line of JSON without a newline. */
  value: string
}

export interface LogRecord {
  offset: number
  key: string
  id: string
  received: number
  value: Buffer
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

const SEPARATOR = '\u0000'

export function recordKey(app: string, user: string): string {
  return app + SEPARATOR + user
}

/** The app in a record's key. */
export function appOfKey(key: string): string {
  return key.slice(0, key.indexOf(SEPARATOR))
}
