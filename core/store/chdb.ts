import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type ClickHouseClient, type ClickHouseSettings, createClient } from '@clickhouse/client'
import { type ChdbConnection, createChdbConnection } from 'chdb/connection'
import { AssayError } from '../errors.js'
import { ChdbSessions } from './chdb-session.js'
import { databases } from './ddl.js'
import { oneServer } from './dialect.js'
import { columnsOf, laneOf } from './lane.js'
import { computeSettings, readSettings, writeSettings } from './settings.js'
import { quote } from './sql.js'
import type { Lane, Store } from './store.js'

const dialect = oneServer('assay')

/**
 * The engine reads a file on all cores, and bytes handed over with a query on one: 340 k events/s against 127 k, all
 * views included (docs/decisions/0004-file.md).
 */
function throughFiles(client: ClickHouseClient, folder: string): Lane['stage'] {
  const columns = columnsOf(client)
  async function insert(file: string, table: string, token: string, guard = '1'): Promise<void> {
    try {
      const { names, structure } = await columns(table)
      // Text of our own making, quoted; as parameters it would queue behind every other parameterised query.
      await client.command({
        query: `INSERT INTO ${table} (${names}) SELECT * FROM file(${quote(file)}, 'JSONEachRow', ${quote(structure)})
          WHERE ${guard} SETTINGS insert_deduplication_token = ${quote(token)}`,
      })
    } finally {
      // Nobody waits for it: what a crash leaves is removed at the next start.
      rm(file, { force: true }).catch(() => {})
    }
  }
  return async (lines) => {
    const file = join(folder, randomUUID())
    await writeAtOnce(file, lines)
    return { insert: (table, token, guard) => insert(file, table, token, guard) }
  }
}

/** In one call: `writeFile` would come back to a busy event loop after each piece, half a second for a large batch. */
async function writeAtOnce(path: string, pieces: readonly Uint8Array[]): Promise<void> {
  const file = await open(path, 'w')
  const { bytesWritten } = await file.writev(pieces).finally(() => file.close())
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
  if (bytesWritten !== bytes) throw new Error(`Expected to write ${bytes} bytes to ${path}; wrote ${bytesWritten}.`)
}

/**
 * ClickHouse inside this process, its data in `path`, which belongs to one process at a time; `sql` opens it to analysts.
 * @throws AssayError `data-in-use` when another process has it.
 */
export async function openChdbStore(path: string, { sql = false } = {}): Promise<Store> {
  mkdirSync(path, { recursive: true })
  const first = connect(path)
  // Only once the directory is ours: another process may be inserting from there.
  const inserts = join(path, 'assay-insert')
  rmSync(inserts, { recursive: true, force: true })
  mkdirSync(inserts)
  for (const query of databases(dialect)) await first.command({ query })
  const clients = [first, connect(path), connect(path)] as const
  const [write, compute, read] = await Promise.all([
    openLane(clients[0], inserts, { ...writeSettings, max_threads: 2 }),
    openLane(clients[1], inserts, { ...computeSettings, max_threads: 2 }),
    openLane(clients[2], inserts, { ...readSettings, max_threads: 1 }),
  ])
  const sessions = new ChdbSessions(() => connect(path), dialect.database, join(path, 'assay-export'))
  return {
    shared: false,
    dialect,
    write: write!,
    compute: compute!,
    read: read!,
    exports: sessions.exports,
    analyst: sql ? sessions.analyst() : null,
    async close() {
      await sessions.close()
      for (const client of clients) await client.close()
    },
  }
}

function connect(path: string): ClickHouseClient {
  try {
    // chdb declares the same contract against a copy of the client's types, which TypeScript tells apart.
    return createClient({ connection: inTurn(createChdbConnection({ path })) as never })
  } catch (cause) {
    throw new AssayError('data-in-use', `The store in ${path} could not be opened: ${(cause as Error).message}`, {
      cause,
    })
  }
}

/**
 * One statement at a time, as the engine has it anyway. Rows of one that failed in the middle would come with the next
 * answer of its connection (chDB 26.7), whosever that is; so they are fetched and dropped first.
 */
function inTurn(connection: ChdbConnection): Pick<ChdbConnection, 'query' | 'exec' | 'command' | 'close'> {
  let before: Promise<unknown> = Promise.resolve()
  function run<T>(work: () => Promise<T>): Promise<T> {
    const turn = before.then(work)
    before = turn.catch(() => connection.chdb.queryAsync('SELECT 1').catch(() => {}))
    return turn
  }
  return {
    query: (params) => run(() => connection.query(params)),
    exec: (params) => run(() => connection.exec(params)),
    command: (params) => run(() => connection.command(params)),
    close: () => run(() => connection.close()),
  }
}

async function openLane(client: ClickHouseClient, inserts: string, settings: ClickHouseSettings): Promise<Lane> {
  // Settings stay with the connection, so each statement need not repeat them.
  for (const [key, value] of Object.entries(settings))
    await client.command({ query: `SET ${key} = ${quote(String(value))}` })
  await client.command({ query: `USE ${dialect.database}` })
  return laneOf(client, throughFiles(client, inserts))
}
