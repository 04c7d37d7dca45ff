import { createHash } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { WireEvent } from '@assay/core/event'
import { limits } from '@assay/core/event'
import { parse } from 'csv-parse'
import { type CsvRow, eventsOfRow, type Mapping, parseMetric, requireColumns } from './csv-mapping.js'
import type { Server } from './discover.js'
import { CommandError, exit } from './failure.js'
import { progress } from './progress.js'
import { getJson, untilFresh } from './request.js'
import { sendAll } from './send.js'

export interface ImportOptions {
  app: string
  test: string
  user: string
  branch: string
  metric: string[]
  time?: string
  quiet: boolean
}

export interface ImportSummary {
  app: string
  test: string
  users: number
  events: number
  /** Events the server had from an earlier run of the same import. */
  alreadyCounted: number
  digest: string
}

interface Counted {
  rows: number
  next: number
}

const SAMPLE = 100

/** Sends a file of users as events. The same file with the same mapping counts once, however often it is run. */
export async function importFile(
  server: Server,
  reader: Server,
  file: string,
  options: ImportOptions,
): Promise<ImportSummary> {
  const mapping = await readMapping(file, options)
  const digest = await digestOf(file, mapping)
  const counted = () => getJson<Counted>(reader, `/v1/apps/${encodeURIComponent(mapping.app)}/imports/${digest}`)
  const before = await counted()
  const totals = { users: 0, events: 0 }
  const bar = progress('importing', statSync(file).size, 'bytes', options.quiet)
  const numbered = numberedEvents(file, mapping, digest, totals, (bytes) => bar.update(bytes))
  await sendAll(server, inBatches(numbered, before.next), () => {})
  bar.update(statSync(file).size)
  bar.stop()
  await untilCounted(counted, totals.events, options.quiet)
  await untilFresh(reader)
  return {
    app: mapping.app,
    test: mapping.test,
    ...totals,
    alreadyCounted: Math.min(before.rows, totals.events),
    digest,
  }
}

async function readMapping(file: string, { app, test, user, branch, metric, time }: ImportOptions): Promise<Mapping> {
  const sample: CsvRow[] = []
  for await (const { record } of rowsOf(file, SAMPLE)) sample.push(record)
  if (sample.length === 0)
    throw new CommandError(`Expected a header and rows of users; ${file} has none.`, 'Check the file.')
  const metrics = metric.map((m) => parseMetric(m, sample))
  const mapping = { app, test, user, branch, metrics, ...(time === undefined ? {} : { time }) }
  requireColumns(mapping, Object.keys(sample[0]!))
  return mapping
}

async function* rowsOf(
  file: string,
  to?: number,
): AsyncGenerator<{ record: CsvRow; info: { bytes: number; records: number } }> {
  const parser = parse({ columns: true, bom: true, info: true, trim: true, ...(to === undefined ? {} : { to }) })
  const input = createReadStream(file)
  input.once('error', (error) => parser.destroy(error))
  try {
    yield* input.pipe(parser) as AsyncIterable<{ record: CsvRow; info: { bytes: number; records: number } }>
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT')
      throw new CommandError(`Expected a CSV file; ${file} does not exist.`, 'Check the path.', exit.usage)
    if (code?.startsWith('CSV_')) throw new CommandError(`Expected CSV in ${file}. ${message}.`, 'Correct the file.')
    throw error
  } finally {
    input.destroy()
  }
}

/** Of the content and the mapping: other columns of the same file are another import. */
async function digestOf(file: string, mapping: Mapping): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(mapping))
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex').slice(0, 32)
}

/** Every event of the file, its id counting through it: a pure function of file and mapping, so that a repeat is seen as one. */
async function* numberedEvents(
  file: string,
  mapping: Mapping,
  digest: string,
  totals: { users: number; events: number },
  onBytes: (bytes: number) => void,
): AsyncGenerator<WireEvent> {
  const started = Date.now()
  for await (const { record, info } of rowsOf(file)) {
    // The header is line 1.
    const events = eventsOfRow(record, info.records + 1, mapping, started)
    totals.users++
    for (const event of events) yield { ...event, id: `import:${digest}:${totals.events++}` }
    if (totals.users % 500 === 0) onBytes(info.bytes)
  }
}

/** Batches within the server's limits, leaving out events before `next`, which it has. */
async function* inBatches(events: AsyncIterable<WireEvent>, next: number): AsyncGenerator<WireEvent[]> {
  let batch: WireEvent[] = []
  let bytes = 0
  let sequence = 0
  for await (const event of events) {
    if (sequence++ < next) continue
    // Three bytes a character at the worst, and room for the brackets.
    const size = 3 * JSON.stringify(event).length + 1
    if (batch.length === limits.requestEvents || bytes + size > limits.requestBytes - 1000) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(event)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

async function untilCounted(counted: () => Promise<Counted>, events: number, quiet: boolean): Promise<void> {
  const bar = progress('counting ', events, 'events', quiet)
  for (;;) {
    const { rows } = await counted()
    bar.update(Math.min(rows, events))
    if (rows >= events) break
    await sleep(200)
  }
  bar.stop()
}
