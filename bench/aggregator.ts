import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Aggregator, type AggregatorStatus } from '@assay/aggregator/aggregator'
import { openLmdbLog } from '@assay/core/log/lmdb'
import type { Entry, Log } from '@assay/core/log/log'
import { openChdbStore } from '@assay/core/store/chdb'
import { dropPipeline, pipeline } from '@assay/core/store/ddl'
import { migrate } from '@assay/core/store/migrate'
import type { Store } from '@assay/core/store/store'
import { clientEvent } from './events.js'
import { atLeast, type Figure, median } from './measure.js'

const EVENTS = 2_000_000
const ROUNDS = 3
/** Events appended at once. */
const TOGETHER = 1000

/** From the log into all tables, against the engine's own INSERT … SELECT of the same lines from a file, same tables and views. */
export async function aggregator(): Promise<Figure> {
  const path = mkdtempSync(join(tmpdir(), 'assay-bench-'))
  const store = await openChdbStore(join(path, 'store'))
  await migrate(store)
  const file = join(path, 'lines.ndjson')
  for (let i = 0; i < EVENTS; i += TOGETHER) {
    appendFileSync(
      file,
      entriesFrom(i)
        .map((e, k) => `{"partition":0,"offset":${i + k},${e.value.slice(1)}\n`)
        .join(''),
    )
  }
  const rates = { aggregator: [] as number[], engine: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    rates.engine.push(await throughEngine(store, file))
    rates.aggregator.push(await throughAggregator(store, openLmdbLog(join(path, `log-${round}`)), EVENTS))
  }
  await store.close()
  rmSync(path, { recursive: true, force: true })
  return atLeast(
    'aggregator',
    median(rates.aggregator),
    'events/s',
    'INSERT … SELECT FROM file()',
    median(rates.engine),
    0.6,
  )
}

export function entryOf(i: number): Entry {
  const e = { ...clientEvent(i % 100_000), received: Date.now() }
  return { app: e.app, user: e.user, id: e.id, received: e.received, value: JSON.stringify(e) }
}

/** Made when they are needed: kept, a million of them would slow each collection of garbage. */
const entriesFrom = (first: number) => Array.from({ length: TOGETHER }, (_, i) => entryOf(first + i))

export async function fill(log: Log, events: number): Promise<void> {
  for (let i = 0; i < events; i += TOGETHER) await log.append('assay.events', entriesFrom(i))
}

async function makeAnew({ write, dialect }: Store, suffix: string): Promise<void> {
  for (const statement of [...dropPipeline(dialect, suffix), ...pipeline(dialect, suffix)])
    await write.command(statement)
}

async function throughEngine(store: Store, file: string): Promise<number> {
  await makeAnew(store, '_bench')
  const started = performance.now()
  await store.write.command(
    `INSERT INTO inbox_bench SELECT * FROM file({file:String}, 'JSONEachRow', {columns:String})`,
    { file, columns: COLUMNS },
  )
  return EVENTS / ((performance.now() - started) / 1000)
}

/** Events a second from an empty log, filled beforehand, into empty tables. Closes the log. */
export async function throughAggregator(store: Store, log: Log, events: number): Promise<number> {
  await fill(log, events)
  // A new log starts at offset 0 again, so the tables start empty.
  await makeAnew(store, '')
  const running = await Aggregator.start({ log, store })
  const until = async (done: (status: AggregatorStatus) => boolean) => {
    while (!done(await running.status())) await new Promise((r) => setTimeout(r, 50))
  }
  await until(({ partitions }) => partitions.length > 0)
  // Joining a group takes a moment, whatever there is to do.
  const started = performance.now()
  await until(({ read }) => read >= events)
  const rate = events / ((performance.now() - started) / 1000)
  await running.close()
  await log.close()
  return rate
}

const COLUMNS =
  'id String, app String, user String, event String, value Float64, time DateTime64(3), tests Map(String, String), props Map(String, String), received DateTime64(3), partition UInt16, offset UInt64'
