import type { ClickHouseClient } from '@clickhouse/client'
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

/** Tells a table's columns, and remembers them. */
export function structures(client: ClickHouseClient): (table: string) => Promise<string> {
  const known = new Map<string, string>()
  return async (table) => {
    const structure = known.get(table) ?? (await structureOf(client, table))
    known.set(table, structure)
    return structure
  }
}

/** Names as plain strings: while they are parsed, these are cheaper than dictionaries. */
async function structureOf(client: ClickHouseClient, table: string): Promise<string> {
  const described = await client.query({ query: `DESCRIBE TABLE ${table}`, format: 'JSONEachRow' })
  const columns = await described.json<{ name: string; type: string }>()
  return columns.map((c) => `${c.name} ${c.type.replaceAll(/LowCardinality\((\w+)\)/g, '$1')}`).join(', ')
}
