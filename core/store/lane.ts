import { text } from 'node:stream/consumers'
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client'
import type { Lane, Params } from './store.js'

/** A lane over a client. Drivers differ only in how lines reach the engine. */
export function laneOf(client: ClickHouseClient, stage: Lane['stage']): Lane {
  return {
    stage,
    insertLines: async (table, lines, token, guard) => (await stage(lines)).insert(table, token, guard),
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

/** Rows of a statement to which nothing is added: the format of an EXPLAIN would be that of what is explained. */
export async function answeredRows<Row>(
  client: ClickHouseClient,
  query: string,
  options: { query_params?: Params; abort_signal?: AbortSignal } = {},
): Promise<Row[]> {
  const clickhouse_settings = { default_format: 'JSONEachRow' } as ClickHouseSettings
  const { stream } = await client.exec({ query, clickhouse_settings, ...options })
  const lines = (await text(stream)).split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Row)
}

/** A table's columns as lines fill them. */
export interface Columns {
  names: string
  structure: string
}

/** Tells a table's columns, and remembers them; inserts name them, since a newer version may add others at any time. */
export function columnsOf(client: ClickHouseClient): (table: string) => Promise<Columns> {
  const known = new Map<string, Columns>()
  return async (table) => {
    const columns = known.get(table) ?? (await describe(client, table))
    known.set(table, columns)
    return columns
  }
}

/** Types with names as plain strings: while they are parsed, these are cheaper than dictionaries. */
async function describe(client: ClickHouseClient, table: string): Promise<Columns> {
  const described = await client.query({ query: `DESCRIBE TABLE ${table}`, format: 'JSONEachRow' })
  const columns = await described.json<{ name: string; type: string }>()
  const plain = (type: string) => type.replaceAll(/LowCardinality\((\w+)\)/g, '$1')
  return {
    names: columns.map((c) => c.name).join(', '),
    structure: columns.map((c) => `${c.name} ${plain(c.type)}`).join(', '),
  }
}
