import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type ClickHouseClient, type ClickHouseSettings, createClient } from '@clickhouse/client'
import { type ChdbConnection, createChdbConnection } from 'chdb/connection'
import { AssayError } from '../errors.js'
import { quote } from './sql.js'
import type { Lane, Params, Store } from './store.js'

const DATABASE = 'assay'

const common: ClickHouseSettings = {
  // Counts fit a double; quoted they would need a cast at every reader.
  output_format_json_quote_64bit_integers: 0,
  max_threads: 2,
}

/** A batch becomes one block, and one part a table, whatever its size: only then can a repeat be recognised whole. */
const oneBlock: ClickHouseSettings = {
  async_insert: 0,
  insert_deduplicate: 1,
  deduplicate_blocks_in_dependent_materialized_views: 1,
  max_block_size: '4000000',
  max_insert_block_size: '4000000',
  min_insert_block_size_rows: '4000000',
  min_insert_block_size_bytes: '0',
  min_insert_block_size_rows_for_materialized_views: '4000000',
  min_insert_block_size_bytes_for_materialized_views: '0',
  group_by_two_level_threshold: '0',
  group_by_two_level_threshold_bytes: '0',
  parallel_view_processing: 1,
  max_insert_threads: '1',
  min_chunk_bytes_for_parallel_parsing: '2000000',
}

/**
 * The engine reads a file on all cores, and bytes handed over with a query on one: 340 k events/s against 127 k, all
 * views included (docs/decisions/0004-file.md).
 */
function fileInserts(client: ClickHouseClient, folder: string): Pick<Lane, 'stage' | 'insertLines'> {
  const structures = new Map<string, string>()
  async function insert(file: string, table: string, token: string, guard = '1'): Promise<void> {
    try {
      const structure = structures.get(table) ?? (await structureOf(client, table))
      structures.set(table, structure)
      // Text of our own making, quoted; as parameters it would queue behind every other parameterised query.
      await client.command({
        query: `INSERT INTO ${table} SELECT * FROM file(${quote(file)}, 'JSONEachRow', ${quote(structure)})
          WHERE ${guard} SETTINGS insert_deduplication_token = ${quote(token)}`,
      })
    } finally {
      // Nobody waits for it: what a crash leaves is removed at the next start.
      rm(file, { force: true }).catch(() => {})
    }
  }
  async function stage(lines: readonly Uint8Array[]) {
    const file = join(folder, randomUUID())
    await writeAtOnce(file, lines)
    return { insert: (table: string, token: string, guard?: string) => insert(file, table, token, guard) }
  }
  return { stage, insertLines: async (table, lines, token, guard) => (await stage(lines)).insert(table, token, guard) }
}

/** In one call: `writeFile` would come back to a busy event loop after each piece, half a second for a large batch. */
async function writeAtOnce(path: string, pieces: readonly Uint8Array[]): Promise<void> {
  const file = await open(path, 'w')
  const { bytesWritten } = await file.writev(pieces).finally(() => file.close())
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
  if (bytesWritten !== bytes) throw new Error(`Expected to write ${bytes} bytes to ${path}; wrote ${bytesWritten}.`)
}

/** A table's columns, names as plain strings: while they are parsed, these are cheaper than dictionaries. */
async function structureOf(client: ClickHouseClient, table: string): Promise<string> {
  const described = await client.query({ query: `DESCRIBE TABLE ${table}`, format: 'JSONEachRow' })
  const columns = await described.json<{ name: string; type: string }>()
  return columns.map((c) => `${c.name} ${c.type.replaceAll(/LowCardinality\((\w+)\)/g, '$1')}`).join(', ')
}

/** Long computations spill to disk rather than take the machine's memory. */
const frugal: ClickHouseSettings = {
  // A hundred thousand keys are faster looked up than searched for in the primary key.
  use_index_for_in_with_subqueries: 0,
  max_memory_usage: '1000000000',
  max_bytes_before_external_group_by: '300000000',
  max_bytes_before_external_sort: '300000000',
}

/**
 * ClickHouse inside this process, its data in `path`, which belongs to one process at a time.
 * @throws AssayError `data-in-use` when another process has it.
 */
export async function openChdbStore(path: string): Promise<Store> {
  mkdirSync(path, { recursive: true })
  const first = connect(path)
  // Only once the directory is ours: another process may be inserting from there.
  const inserts = join(path, 'assay-insert')
  rmSync(inserts, { recursive: true, force: true })
  mkdirSync(inserts)
  await clientOf(first).command({ query: `CREATE DATABASE IF NOT EXISTS ${DATABASE} ENGINE = Atomic` })
  const connections = [first, connect(path), connect(path)] as const
  const [write, compute, read] = await Promise.all([
    openLane(connections[0], inserts, { ...common, ...oneBlock }),
    openLane(connections[1], inserts, { ...common, ...frugal }),
    openLane(connections[2], inserts, { ...common, max_threads: 1 }),
  ])
  return {
    shared: false,
    write: write!,
    compute: compute!,
    read: read!,
    async close() {
      for (const connection of connections) await connection.close()
    },
  }
}

function connect(path: string): ChdbConnection {
  try {
    return createChdbConnection({ path })
  } catch (cause) {
    throw new AssayError('data-in-use', `The store in ${path} could not be opened: ${(cause as Error).message}`, {
      cause,
    })
  }
}

function clientOf(connection: ChdbConnection): ClickHouseClient {
  // chdb declares the same contract against a copy of the client's types, which TypeScript tells apart.
  return createClient({ connection: connection as never })
}

async function openLane(connection: ChdbConnection, inserts: string, settings: ClickHouseSettings): Promise<Lane> {
  const client = clientOf(connection)
  // Settings stay with the connection, so each statement need not repeat them.
  for (const [key, value] of Object.entries(settings)) await client.command({ query: `SET ${key} = ${value}` })
  await client.command({ query: `USE ${DATABASE}` })
  return lane(client, inserts)
}

function lane(client: ClickHouseClient, inserts: string): Lane {
  return {
    ...fileInserts(client, inserts),
    async command(sql, params) {
      await client.command({ query: sql, ...bind(params) })
    },
    async query<Row>(sql: string, params?: Params) {
      const result = await client.query({ query: sql, format: 'JSONEachRow', ...bind(params) })
      return result.json<Row>()
    },
  }
}

function bind(params: Params | undefined) {
  return params === undefined ? {} : { query_params: params }
}
