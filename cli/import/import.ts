import { setTimeout as sleep } from 'node:timers/promises'
import { limits, type WireEvent } from '@assay/core/event'
import type { Server } from '../discover.js'
import { CommandError } from '../failure.js'
import { progress } from '../progress.js'
import { getJson, untilFresh } from '../request.js'
import { sendAll } from '../send.js'
import type { Refuse } from './faults.js'
import { changed, type InputFile, openFile } from './file.js'
import { formatOf } from './format.js'
import { type ImportOptions, mappingOf } from './options.js'
import { type Survey, survey } from './survey.js'
import { openTable, type Table } from './table.js'

export interface ImportSummary {
  app: string
  /** Ids of the tests that the events are in. */
  tests: string[]
  rows: number
  /** Distinct users, or null above a million. */
  users: number | null
  events: number
  /** Rows whose id came before in the file. */
  repeats: number
  /** Events the server had from an earlier run of the same import. */
  alreadyCounted: number
  digest: string
  seconds: number
}

interface Counted {
  rows: number
  next: number
}

/** Sends a file as events. The same file with the same mapping counts once, however often it is run. */
export async function importFile(
  server: Server,
  reader: Server,
  path: string,
  options: ImportOptions,
): Promise<ImportSummary> {
  const started = Date.now()
  const format = options.format ?? formatOf(path)
  const file = await openFile(path)
  try {
    const table = await openTable(file, format)
    const surveyed = await survey(file, table, mappingOf(options, table), options.quiet)
    const { app, tests, digest, rows, users, events, repeats } = surveyed
    const counted = () => getJson<Counted>(reader, `/v1/apps/${encodeURIComponent(app)}/imports/${digest}`)
    const before = await counted()
    const sending = { file, next: before.next, started, quiet: options.quiet }
    if (before.rows < events) await send(server, table, surveyed, sending)
    await file.unchanged()
    await untilCounted(counted, events, options.quiet)
    await untilFresh(reader)
    const seconds = (Date.now() - started) / 1000
    const alreadyCounted = Math.min(before.rows, events)
    return { app, tests, rows, users, events, repeats, alreadyCounted, digest, seconds }
  } finally {
    await file.close()
  }
}

interface Sending {
  file: InputFile
  /** The first sequence number the server lacks. */
  next: number
  /** The time of every event where the file has none. */
  started: number
  quiet: boolean
}

async function send(
  server: Server,
  table: Table,
  surveyed: Survey,
  { file, next, started, quiet }: Sending,
): Promise<void> {
  const bar = progress('importing', surveyed.rows, 'rows', quiet)
  try {
    const refuse = refusing(file)
    const numbered = numberedEvents(table, surveyed, started, refuse, (row) => bar.update(row))
    await sendAll(server, inBatches(numbered, next), () => {})
  } finally {
    bar.stop()
  }
}

/** Every event of the file, its id counting through it: a pure function of file and mapping, so that a repeat is seen as one. */
async function* numberedEvents(
  table: Table,
  { mapping, digest, eventsOf }: Survey,
  started: number,
  refuse: Refuse,
  onRow: (row: number) => void,
): AsyncGenerator<WireEvent> {
  let sequence = 0
  for await (const row of table.rows(mapping.columns)) {
    for (const event of eventsOf(row, started, refuse)) yield { ...event, id: `import:${digest}:${sequence++}` }
    onRow(row.row)
  }
}

/** What was taken on the first reading is refused on the second one only if the file was written to in between. */
function refusing(file: InputFile): Refuse {
  return () => {
    throw changed(file.name, 'a row has become faulty')
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
