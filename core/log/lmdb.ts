import { mkdirSync } from 'node:fs'
import { type Database, open, type RootDatabase } from 'lmdb'
import { AssayError } from '../errors.js'
import { chunkLength, decodeChunk, encodeChunk } from './chunk.js'
import type { Commit, Entry, Log, LogRecord, Topic } from './log.js'

const topics: Topic[] = ['assay.events', 'assay.control', 'assay.quarantine']

/** Bounds a chunk, so that a reader of a few records never loads a flood. */
const CHUNK_RECORDS = 10_000

/**
 * The log on one machine: one partition a topic, chunks keyed by the offset of their first record. Appends that arrive
 * while a flush is under way share the next one, so a thousand clients cost one fsync, not a thousand.
 */
export function openLmdbLog(path: string): Log {
  mkdirSync(path, { recursive: true })
  const root: RootDatabase<Buffer, number> = open({
    path,
    encoding: 'binary',
    keyEncoding: 'ordered-binary',
    maxDbs: 8,
  })
  const commits = root.openDB<Commit, string[]>({ name: 'commits', encoding: 'json' })
  const streams = new Map(
    topics.map((topic) => [topic, new Stream(root.openDB({ name: topic, encoding: 'binary' }), root)]),
  )
  const stream = (topic: Topic) => streams.get(topic)!
  return {
    partitions: () => 1,
    append: (topic, entries) => stream(topic).append(entries),
    bounds: async (topic) => stream(topic).bounds(),
    read: async (topic, _partition, from, limit) => stream(topic).read(from, limit),
    wait: (topic, _partition, offset, signal) => stream(topic).wait(offset, signal),
    committed: async (group, topic, partition) => commits.get([group, topic, String(partition)]) ?? null,
    async commit(group, topic, partition, commit) {
      await durably(root, () => commits.put([group, topic, String(partition)], commit))
    },
    async close() {
      await Promise.all([...streams.values()].map((s) => s.idle()))
      await root.close()
    },
  }
}

/** Runs a write and waits until it is on disk. @throws AssayError `log-unavailable`, after which nothing was stored. */
async function durably(root: RootDatabase, write: () => Promise<unknown>): Promise<void> {
  try {
    await write()
    await root.flushed
  } catch (cause) {
    throw new AssayError('log-unavailable', `The log could not be written: ${(cause as Error).message}`, { cause })
  }
}

interface Pending {
  entries: Entry[]
  resolve: () => void
  reject: (error: unknown) => void
}

class Stream {
  readonly #chunks: Database<Buffer, number>
  readonly #root: RootDatabase
  #pending: Pending[] = []
  #flushing: Promise<void> | null = null
  #end: number
  /** A flush failed: chunks past the end may lie about, which no one was promised. */
  #torn = false
  #waiters = new Set<() => void>()

  constructor(chunks: Database<Buffer, number>, root: RootDatabase) {
    this.#chunks = chunks
    this.#root = root
    this.#end = this.#storedEnd()
  }

  append(entries: Entry[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ entries, resolve, reject })
      this.#flushing ??= this.#flushAll()
    })
  }

  /** Resolves once nothing waits to be flushed. */
  async idle(): Promise<void> {
    await this.#flushing
  }

  bounds(): { start: number; end: number } {
    const [start] = this.#chunks.getKeys({ limit: 1 })
    return { start: start ?? this.#end, end: this.#end }
  }

  read(from: number, limit: { records: number; bytes: number }): LogRecord[] {
    const [start] = this.#chunks.getKeys({ start: from, reverse: true, limit: 1 })
    const records: LogRecord[] = []
    let bytes = 0
    for (const { key, value } of this.#chunks.getRange({ start: start ?? from })) {
      // A chunk can be committed but not yet flushed: what is not acknowledged is not there yet.
      if (key >= this.#end) break
      records.push(...decodeChunk(value, key, from))
      bytes += value.length
      if (records.length >= limit.records || bytes >= limit.bytes) break
    }
    return records.length > limit.records ? records.slice(0, limit.records) : records
  }

  wait(offset: number, signal: AbortSignal): Promise<void> {
    if (offset < this.#end || signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = () => {
        if (offset >= this.#end && !signal.aborted) return
        this.#waiters.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#waiters.add(wake)
      signal.addEventListener('abort', wake)
    })
  }

  async #flushAll(): Promise<void> {
    // One turn of the event loop gathers the requests that arrived together.
    await new Promise(setImmediate)
    while (this.#pending.length > 0) {
      const batch = this.#pending
      this.#pending = []
      await this.#flush(batch)
    }
    this.#flushing = null
  }

  async #flush(batch: Pending[]): Promise<void> {
    const entries = batch.length === 1 ? batch[0]!.entries : batch.flatMap((p) => p.entries)
    try {
      await durably(this.#root, () => this.#put(entries))
      this.#torn = false
    } catch (error) {
      this.#torn = true
      for (const p of batch) p.reject(error)
      return
    }
    this.#end += entries.length
    for (const p of batch) p.resolve()
    for (const wake of [...this.#waiters]) wake()
  }

  #put(entries: Entry[]): Promise<unknown> {
    // A batch commits as one without the write thread calling back into this one, as a transaction would.
    return this.#root.batch(() => {
      if (this.#torn) for (const key of this.#chunks.getKeys({ start: this.#end })) this.#chunks.remove(key)
      for (let i = 0; i < entries.length; i += CHUNK_RECORDS) {
        this.#chunks.put(this.#end + i, encodeChunk(entries.slice(i, i + CHUNK_RECORDS)))
      }
    })
  }

  #storedEnd(): number {
    for (const { key, value } of this.#chunks.getRange({ reverse: true, limit: 1 })) return key + chunkLength(value)
    return 0
  }
}
