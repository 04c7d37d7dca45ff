import { mkdirSync, statfsSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { type Database, open, type RootDatabase } from 'lmdb'
import { AssayError } from '../errors.js'
import { chunkLength, decodeChunk, encodeChunk } from './chunk.js'
import { type Commit, type Entry, type LocalLog, type LogRecord, type Membership, type Topic, topics } from './log.js'

/** Bounds a chunk, so that a reader of a few records never loads a flood. */
const CHUNK_RECORDS = 10_000

/** Bytes of chunks copied at once: requests are answered on the same thread in between. */
const COPY_BYTES = 1024 * 1024

/**
 * The log on one machine: one partition a topic, chunks keyed by the offset of their first record. Appends that arrive
 * while a flush is under way share the next one, so a thousand clients cost one fsync, not a thousand.
 */
export function openLmdbLog(path: string): LocalLog {
  mkdirSync(path, { recursive: true })
  const root: RootDatabase<Buffer, number> = open({
    path,
    encoding: 'binary',
    keyEncoding: 'ordered-binary',
    maxDbs: 8,
  })
  const commits = root.openDB<Commit, string[]>({ name: 'commits', encoding: 'json' })
  const streams = new Map(
    topics.map((topic) => [topic, new Stream(root.openDB({ name: topic, encoding: 'binary' }), root, path)]),
  )
  const stream = (topic: Topic) => streams.get(topic)!
  return {
    partitions: () => 1,
    append: (topic, entries) => stream(topic).append(entries),
    bounds: async (topic) => stream(topic).bounds(),
    read: async (topic, _partition, from, limit) => stream(topic).read(from, limit),
    wait: (topic, _partition, offset, signal) => stream(topic).wait(offset, signal),
    chunks: (topic) => stream(topic).chunks(),
    async join(group, topic, assigned) {
      const keyOf = (partition: number) => [group, topic, String(partition)]
      assigned([0])
      return {
        committed: async (partition) => commits.get(keyOf(partition)) ?? null,
        commit: (partition, commit) => durably(root, path, 0, () => commits.put(keyOf(partition), commit)),
        leave: async () => {},
      } satisfies Membership
    },
    async close() {
      await Promise.all([...streams.values()].map((s) => s.idle()))
      await root.close()
    },
  }
}

/** Room kept free on the disk. The engine does not survive a write that finds none (its memory is corrupted), so none is tried. */
const RESERVE = 64 * 1024 * 1024

/** Runs a write of about `bytes` and waits until it is on disk. @throws AssayError `log-unavailable`, after which nothing was stored. */
async function durably(root: RootDatabase, path: string, bytes: number, write: () => Promise<unknown>): Promise<void> {
  const { bavail, bsize } = statfsSync(path)
  if (bavail * bsize < RESERVE + 2 * bytes) {
    throw new AssayError(
      'log-unavailable',
      `Expected ${RESERVE >> 20} MB free on the log's disk; ${(bavail * bsize) >> 20} MB are.`,
    )
  }
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
  readonly #path: string
  #pending: Pending[] = []
  #flushing: Promise<void> | null = null
  #end: number
  #waiters = new Set<() => void>()

  constructor(chunks: Database<Buffer, number>, root: RootDatabase, path: string) {
    this.#chunks = chunks
    this.#root = root
    this.#path = path
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
      records.push(...decodeChunk(value, key, from, limit.records - records.length))
      bytes += value.length
      if (records.length >= limit.records || bytes >= limit.bytes) break
    }
    return records
  }

  async *chunks(): AsyncGenerator<Buffer[]> {
    const end = this.#end
    for (let at = 0; at < end; await setImmediate()) {
      const some = this.#chunksFrom(at, end)
      at += some.reduce((records, chunk) => records + chunkLength(chunk), 0)
      yield some
    }
  }

  /** The next chunks, at least one, none of them missing. */
  #chunksFrom(from: number, end: number): Buffer[] {
    const some: Buffer[] = []
    let at = from
    let bytes = 0
    for (const { key, value } of this.#chunks.getRange({ start: from, end })) {
      if (key !== at) break
      some.push(value)
      at += chunkLength(value)
      bytes += value.length
      if (bytes >= COPY_BYTES) break
    }
    if (some.length > 0) return some
    throw new AssayError('log-incomplete', `Expected records up to offset ${end}; those at ${from} are missing.`)
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
    await setImmediate()
    while (this.#pending.length > 0) await this.#flush(this.#take())
    this.#flushing = null
  }

  /** What fits one chunk of all that waits; at least one append. */
  #take(): Pending[] {
    let records = 0
    const over = this.#pending.findIndex((p) => {
      records += p.entries.length
      return records > CHUNK_RECORDS
    })
    return this.#pending.splice(0, over === -1 ? this.#pending.length : Math.max(1, over))
  }

  async #flush(batch: Pending[]): Promise<void> {
    const entries = batch.length === 1 ? batch[0]!.entries : batch.flatMap((p) => p.entries)
    try {
      // One put a flush: had an earlier one failed half way, its chunk has this key and is overwritten.
      const chunk = encodeChunk(entries)
      await durably(this.#root, this.#path, chunk.length, () => this.#chunks.put(this.#end, chunk))
    } catch (error) {
      for (const p of batch) p.reject(error)
      return
    }
    this.#end += entries.length
    for (const p of batch) p.resolve()
    for (const wake of [...this.#waiters]) wake()
  }

  #storedEnd(): number {
    for (const { key, value } of this.#chunks.getRange({ reverse: true, limit: 1 })) return key + chunkLength(value)
    return 0
  }
}
