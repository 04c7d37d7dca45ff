import { statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { limits, type WireEvent } from '@assay/core/event'
import { rowsOf } from './csv-file.js'
import { eventsOfRow, parseMetric } from './csv-mapping.js'
import type { Server } from './discover.js'
import { CommandError } from './failure.js'
import { progress } from './progress.js'
import { getJson, untilFresh } from './request.js'
import { sendAll } from './send.js'
import { type Survey, survey } from './survey.js'

export interface ImportOptions {
  app: string
  test: string
  user: string
  branch: string
  metric?: string[]
  time?: string
  quiet: boolean
}

export interface ImportSummary {
  app: string
  test: string
  rows: number
  /** Distinct users, or null above a million. */
  users: number | null
  events: number
  /** Events the server had from an earlier run of the same import. */
  alreadyCounted: number
  digest: string
  seconds: number
}

interface Counted {
  rows: number
  next: number
}

/** Sends a file of users as events. The same file with the same mapping counts once, however often it is run. */
export async function importFile(
  server: Server,
  reader: Server,
  file: string,
  options: ImportOptions,
): Promise<ImportSummary> {
  const started = Date.now()
  const { app, test, user, branch, metric = [], time, quiet } = options
  const metrics = metric.map(parseMetric)
  const asked = { app, test, user, branch, metrics, ...(time === undefined ? {} : { time }) }
  const unchanged = guard(file)
  const surveyed = await survey(file, asked)
  const { digest, rows, users, events } = surveyed
  const counted = () => getJson<Counted>(reader, `/v1/apps/${encodeURIComponent(app)}/imports/${digest}`)
  const before = await counted()
  if (before.rows < events) await send(server, file, surveyed, { next: before.next, started, quiet })
  unchanged()
  await untilCounted(counted, events, quiet)
  await untilFresh(reader)
  const seconds = (Date.now() - started) / 1000
  return { app, test, rows, users, events, alreadyCounted: Math.min(before.rows, events), digest, seconds }
}

interface Sending {
  /** The first sequence number the server lacks. */
  next: number
  /** The time of every event where the file has none. */
  started: number
  quiet: boolean
}

async function send(server: Server, file: string, surveyed: Survey, { next, started, quiet }: Sending): Promise<void> {
  const bar = progress('importing', surveyed.rows, 'rows', quiet)
  try {
    const numbered = numberedEvents(file, surveyed, started, (row) => bar.update(row))
    await sendAll(server, inBatches(numbered, next), () => {})
  } finally {
    bar.stop()
  }
}

/** Every event of the file, its id counting through it: a pure function of file and mapping, so that a repeat is seen as one. */
async function* numberedEvents(
  file: string,
  { mapping, digest }: Survey,
  started: number,
  onRow: (row: number) => void,
): AsyncGenerator<WireEvent> {
  let sequence = 0
  for await (const row of rowsOf(file)) {
    for (const event of eventsOfRow(row, mapping, started)) yield { ...event, id: `import:${digest}:${sequence++}` }
    onRow(row.row)
  }
}

/** Batches within the server's limits, leaving out events before `next`, which it has. */
async function* inBatches(events: AsyncIterable<WireEvent>, next: number): AsyncGenerator<WireEvent[]> {
  let batch: WireEvent[] = []
  let bytes = 2
  let sequence = 0
  for await (const event of events) {
    if (sequence++ < next) continue
    const size = Buffer.byteLength(JSON.stringify(event)) + 1
    if (batch.length === limits.requestEvents || bytes + size > limits.requestBytes) {
      yield batch
      batch = []
      bytes = 2
    }
    batch.push(event)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

/** A check that the file is still what it was, since it is read twice. */
function guard(file: string): () => void {
  const stamp = () => {
    const stat = statSync(file, { throwIfNoEntry: false })
    return stat === undefined ? 'gone' : `${stat.size} bytes of ${stat.mtime.toISOString()}`
  }
  const before = stamp()
  return () => {
    const now = stamp()
    if (now === before) return
    throw new CommandError(
      `Expected ${file} to stay the same while it was read; it was ${before} and is ${now}.`,
      'What is counted mixes both: import a copy that nobody writes to under another test id.',
    )
  }
}

/** Milliseconds without any event counted after which waiting makes no sense. */
const STALLED = 60_000

async function untilCounted(counted: () => Promise<Counted>, events: number, quiet: boolean): Promise<void> {
  const bar = progress('counting', events, 'events', quiet)
  try {
    for (let best = -1, deadline = 0; ; ) {
      const { rows } = await counted()
      bar.update(Math.min(rows, events))
      if (rows >= events) return
      if (rows > best) [best, deadline] = [rows, Date.now() + STALLED]
      if (Date.now() > deadline) throw stalled(rows, events)
      await sleep(200)
    }
  } finally {
    bar.stop()
  }
}

function stalled(rows: number, events: number): CommandError {
  return new CommandError(
    `Expected ${events} events to be counted; ${rows} are, and none came in the last minute.`,
    'All were acknowledged and will be counted; if not, the server’s log says why.',
  )
}
