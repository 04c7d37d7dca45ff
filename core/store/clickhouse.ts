import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { finished } from 'node:stream/promises'
import { constants, createBrotliCompress } from 'node:zlib'
import { type ClickHouseClient, ClickHouseLogLevel, type ClickHouseSettings, createClient } from '@clickhouse/client'
import { AssayError } from '../errors.js'
import { analystOf } from './analyst.js'
import { databases } from './ddl.js'
import { cluster, type Dialect, oneServer } from './dialect.js'
import { answeredRows, columnsOf, laneOf } from './lane.js'
import {
  acrossShards,
  computeSettings,
  EXPORT_SECONDS,
  READ_SECONDS,
  serverAnalystSettings,
  serverExportSettings,
  serverReadSettings,
  signsOfLife,
  writeSettings,
} from './settings.js'
import { quote } from './sql.js'
import type { Analyst, Lane, Params, RowFormat, Store } from './store.js'

export interface ClickHouseOptions {
  url: string
  user: string
  password: string
  /** One for Assay alone, made if there is none; on a cluster also one of this name with `_all` behind it. */
  database: string
  /** Certificate of the authority that signed the server's, in PEM, where the machine does not know it. */
  ca?: Buffer
  /** Name of a cluster, or a macro for it; then `url` is a server of the shard to write to. */
  cluster?: string
  /** Whose few rights questions in SQL are asked with (`analystRights`); without one nobody may ask. */
  analyst?: { user: string; password: string }
}

/** Milliseconds without a byte from the server after which it counts as gone. */
const SILENCE = 60_000

/** A ClickHouse server, or a cluster of them, over HTTP. @throws AssayError `store-unavailable` */
export async function openClickHouseStore(options: ClickHouseOptions): Promise<Store> {
  const dialect =
    options.cluster === undefined ? oneServer(options.database) : cluster(options.cluster, options.database)
  await makeDatabases(options, dialect)
  const { database, readers } = dialect
  const write = connect(options, database, { ...writeSettings, ...signsOfLife }, SILENCE)
  const compute = connect(options, readers, { ...computeSettings, ...acrossShards(dialect), ...signsOfLife }, SILENCE)
  const read = connect(options, readers, serverReadSettings(dialect), READ_SECONDS * 1000)
  // The server is to say itself that it took too long.
  const long = connect(options, readers, serverExportSettings(dialect), (EXPORT_SECONDS + 1) * 1000)
  const analyst =
    options.analyst && connect({ ...options, ...options.analyst }, readers, serverAnalystSettings(dialect), SILENCE)
  return {
    shared: true,
    dialect,
    write: laneOf(write, compressed(write)),
    compute: laneOf(compute, compressed(compute)),
    read: laneOf(read, compressed(read)),
    exports: { bytes: (sql, format, options) => bytesOf(long, sql, format, options) },
    analyst: analyst === undefined ? null : askedOf(analyst, readers),
    async close() {
      for (const client of [write, compute, read, long, analyst]) await client?.close()
    },
  }
}

/** Those that are missing: a user of few rights may not even say `IF NOT EXISTS`. */
async function makeDatabases(options: ClickHouseOptions, dialect: Dialect): Promise<void> {
  // No settings: a user who may only read can change none.
  const client = connect(options, 'default', {}, SILENCE)
  const wanted = [...new Set([dialect.database, dialect.readers])]
  try {
    const query = 'SELECT name FROM system.databases WHERE name IN {wanted:Array(String)}'
    const found = await client.query({ query, query_params: { wanted }, format: 'JSONEachRow' })
    if ((await found.json()).length === wanted.length) return
    for (const query of databases(dialect)) await client.command({ query })
  } catch (cause) {
    const { host } = new URL(options.url)
    throw new AssayError('store-unavailable', `ClickHouse at ${host} could not be used: ${(cause as Error).message}`, {
      cause,
    })
  } finally {
    await client.close()
  }
}

function connect(
  { url, user, password, ca }: ClickHouseOptions,
  database: string,
  settings: ClickHouseSettings,
  timeout: number,
): ClickHouseClient {
  return createClient({
    url,
    username: user,
    password,
    database,
    ...(ca === undefined ? {} : { tls: { ca_cert: ca } }),
    // An answer begins when the whole of it is there, so that it is either complete or an error with its code.
    clickhouse_settings: { ...settings, wait_end_of_query: 1 },
    request_timeout: timeout,
    // Room for the signs of life of hours.
    max_response_headers_size: 1024 * 1024,
    use_multipart_params_auto: true,
    keep_alive: { eagerly_destroy_stale_sockets: true },
    // Whoever called is told; the client would print besides.
    log: { level: ClickHouseLogLevel.OFF },
  })
}

/** The server keeps the bytes until it has them all; a connection that breaks stops it. */
async function bytesOf(
  client: ClickHouseClient,
  sql: string,
  format: RowFormat,
  { params, signal }: { params?: Params; signal?: AbortSignal } = {},
): Promise<Readable> {
  const query = `${sql} FORMAT ${format}`
  const { stream } = await client.exec({ query, ...requestOf(params, signal) })
  return stream
}

const requestOf = (params: Params | undefined, signal: AbortSignal | undefined) => ({
  ...(params !== undefined && { query_params: params }),
  ...(signal !== undefined && { abort_signal: signal }),
})

/** The user’s rights are few and its settings cannot be changed; the guard says why in words, the same on all stores. */
function askedOf(client: ClickHouseClient, database: string): Analyst {
  return analystOf(database, (params, signal, ask) =>
    ask({
      rows: (sql) => answeredRows(client, sql, requestOf(params, signal)),
      bytes: (sql, format) => bytesOf(client, sql, format, { params, signal }),
    }),
  )
}

/**
 * Lines are compressed when they are staged, while the batch before is being inserted: that copies them, and a sixth of
 * the bytes goes over the network. The server casts names from strings faster than it parses dictionaries
 * (docs/decisions/0009-network.md).
 */
function compressed(client: ClickHouseClient): Lane['stage'] {
  const columns = columnsOf(client)
  async function insert(body: Buffer, table: string, token: string, guard = '1'): Promise<void> {
    const { names, structure } = await columns(table)
    const { stream } = await client.exec({
      query: `INSERT INTO ${table} (${names}) SELECT * FROM input(${quote(structure)}) WHERE ${guard} FORMAT JSONEachRow`,
      values: Readable.from(body),
      http_headers: { 'Content-Encoding': 'br' },
      clickhouse_settings: { insert_deduplication_token: token },
    })
    await finished(stream.resume())
  }
  return async (lines) => {
    const body = await compress(lines)
    return { insert: (table, token, guard) => insert(body, table, token, guard) }
  }
}

/** Brotli's least effort: half the time of gzip's, for nearly the same size. */
function compress(pieces: readonly Uint8Array[]): Promise<Buffer> {
  const compressor = createBrotliCompress({
    chunkSize: 256 * 1024,
    params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MIN_QUALITY },
  })
  return buffer(Readable.from(pieces).pipe(compressor))
}
