import { join } from 'node:path'
import { AssayError } from '@assay/core/errors'
import { decodeChunk } from '@assay/core/log/chunk'
import { type Entry, type Log, payload, type Topic, topics } from '@assay/core/log/log'
import { readZipped } from './file.js'
import { unframed } from './frames.js'
import { fileOf, type Manifest, recordsIn } from './manifest.js'
import { type WorkOptions, workBar } from './work-bar.js'

/** Appended at once: each append waits for the disk. */
const BATCH = 5000

/** Fills an empty log with a backup's records. @throws AssayError `backup-damaged` where there are more or fewer than it says. */
export async function restoreLog(log: Log, folder: string, manifest: Manifest, options: WorkOptions): Promise<void> {
  const bar = workBar('restoring', recordsIn(manifest), 'records', options)
  let done = 0
  for (const topic of topics) {
    for await (const entries of batchesOf(unframed(readZipped(join(folder, fileOf(topic)))))) {
      await log.append(topic, entries)
      done += entries.length
      bar.update(done)
    }
    await verifyEnd(log, topic, manifest.log[topic].end)
  }
  bar.stop()
}

/** Entries of chunks, as many as are appended at once; up to the first one received after an instant. */
export async function* batchesOf(chunks: AsyncIterable<Buffer[]>, until = Infinity): AsyncGenerator<Entry[]> {
  let batch: Entry[] = []
  for await (const entries of entriesUpTo(chunks, until)) {
    for (const entry of entries) batch.push(entry)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

async function* entriesUpTo(chunks: AsyncIterable<Buffer[]>, until: number): AsyncGenerator<Entry[]> {
  for await (const some of chunks) {
    for (const chunk of some) {
      const entries = entriesOf(chunk)
      const after = entries.findIndex((entry) => entry.received > until)
      yield after === -1 ? entries : entries.slice(0, after)
      if (after !== -1) return
    }
  }
}

/** A log of one partition has no use for the user, and keeps none. */
function entriesOf(chunk: Buffer): Entry[] {
  return decodeChunk(chunk, 0, 0, Infinity).map((record) => {
    const { app, id, received } = record
    return { app, id, received, user: '', value: payload(record).toString() }
  })
}

async function verifyEnd(log: Log, topic: Topic, expected: number): Promise<void> {
  const { end } = await log.bounds(topic, 0)
  if (end !== expected)
    throw new AssayError('backup-damaged', `Expected ${expected} records of ${topic}; the backup has ${end}.`)
}
