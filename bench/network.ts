import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openChdbStore } from '@assay/core/store/chdb'
import { openClickHouseStore } from '@assay/core/store/clickhouse'
import { dropPipeline, pipeline } from '@assay/core/store/ddl'
import { migrate } from '@assay/core/store/migrate'
import type { Store } from '@assay/core/store/store'
import type { startClickHouseProcess } from '../test/support/clickhouse-server-process.js'
import { clientEvent } from './events.js'
import { atLeast, type Figure, median } from './measure.js'

const EVENTS = 200_000
const BATCHES = 4
const ROUNDS = 3
const PIECE = 1024 * 1024

/** Batches into all tables through HTTP, against the same in process; the same engine, once in a process of its own. */
export async function network(): Promise<Figure> {
  const path = mkdtempSync(join(tmpdir(), 'assay-bench-'))
  const account = { user: 'default', password: '' }
  const server = await (await serverSupport())({ path: join(path, 'server'), ...account })
  const far = await openClickHouseStore({ url: server.url, ...account, database: 'assay' })
  const near = await openChdbStore(join(path, 'store'))
  for (const store of [far, near]) await migrate(store)
  const batch = lines()
  const rates = { far: [] as number[], near: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    rates.near.push(await insert(near, batch))
    rates.far.push(await insert(far, batch))
  }
  for (const store of [far, near]) await store.close()
  await server.end('SIGKILL')
  rmSync(path, { recursive: true, force: true })
  return atLeast('network', median(rates.far), 'events/s', 'the same in process', median(rates.near), 0.5)
}

/** The built test support: the benchmarks are no part of its package. */
async function serverSupport(): Promise<typeof startClickHouseProcess> {
  const built = new URL('../../test/dist/support/clickhouse-server-process.js', import.meta.url)
  return (await import(built.href)).startClickHouseProcess
}

function lines(): Buffer[] {
  const rows = Array.from({ length: EVENTS }, (_, offset) => {
    return JSON.stringify({ partition: 0, offset, ...clientEvent(offset % 100_000), received: Date.now() })
  })
  const bytes = Buffer.from(`${rows.join('\n')}\n`)
  return Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, i) => bytes.subarray(i * PIECE, (i + 1) * PIECE))
}

/** As the aggregator does it: the next batch is staged while one is being inserted. */
async function insert({ write, dialect }: Store, batch: Buffer[]): Promise<number> {
  for (const statement of [...dropPipeline(dialect, ''), ...pipeline(dialect)]) await write.command(statement)
  const started = performance.now()
  let staged = await write.stage(batch)
  for (let i = 1; i < BATCHES; i++) {
    const [next] = await Promise.all([write.stage(batch), staged.insert('inbox', `bench/${i}`)])
    staged = next
  }
  await staged.insert('inbox', 'bench/last')
  return (EVENTS * BATCHES) / ((performance.now() - started) / 1000)
}
