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

async function* batchesOf(chunks: AsyncIterable<Buffer[]>): AsyncGenerator<Entry[]> {
  let batch: Entry[] = []
  for await (const some of chunks) {
    for (const chunk of some) {
      for (const entry of entriesOf(chunk)) batch.push(entry)
      if (batch.length < BATCH) continue
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
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
