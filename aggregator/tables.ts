import type { LogRecord } from '@assay/core/log/log'
import { columnNames, events, type Table, tables } from '@assay/core/store/schema'
import { quote } from '@assay/core/store/sql'
import type { Lane, Store } from '@assay/core/store/store'
import { nanoid } from 'nanoid'
import { type Mark, toLines } from './lines.js'

/** The last offset of the partition that each table holds; -1 where it holds none. */
export async function readMarks(store: Store, partition: number, suffix: string): Promise<Map<string, number>> {
  const of = (table: Table) => `SELECT ${quote(table.name)} AS name, mark FROM (${table.mark(table.name + suffix)})`
  // In one statement: a partition waits for all of them, and each by itself costs nearly as much.
  const sql = tables.map(of).join(' UNION ALL ')
  const found = await store.write.query<{ name: string; mark: number }>(sql, { partition })
  return new Map([
    ...tables.map(({ name }) => [name, -1] as const),
    ...found.map((row) => [row.name, row.mark] as const),
  ])
}

/** By partition, the last offset that a table holds; of all partitions at once, those that have none left out. */
export async function lastMarks(lane: Lane, { name }: Table): Promise<Map<number, number>> {
  const rows = await lane.query<{ partition: number; mark: number }>(
    `SELECT partition, max(offset) AS mark FROM ${name} WHERE app = '' GROUP BY partition`,
  )
  return new Map(rows.map(({ partition, mark }) => [partition, mark]))
}

/** Whose rows are filled in which set of tables, and the condition under which they may be. */
export interface Target {
  partition: number
  suffix: string
  guard: string
}

/** Puts a batch into `events` alone. The token is new each time: an old one may be remembered for a part that was lost. */
export async function fillEvents(
  store: Store,
  { partition, suffix, guard }: Target,
  records: readonly LogRecord[],
  mark: Mark,
): Promise<void> {
  const lines = toLines(records, partition, mark)
  await store.write.insertLines(events.name + suffix, lines, `fill-${nanoid()}`, guard)
}

/** Fills every rollup that ends before `to` from `events`, which must hold the range; month by month, since a part is of one. */
export async function fillRollups(
  store: Store,
  { partition, suffix, guard }: Target,
  marks: ReadonlyMap<string, number>,
  to: number,
): Promise<void> {
  const short = tables.filter((table) => table !== events && marks.get(table.name)! < to)
  if (short.length === 0) return
  const source = `(SELECT * FROM ${events.name}${suffix} WHERE partition = {partition:UInt16} AND offset > {after:Int64} AND offset <= {to:Int64}`
  const months = await store.write.query<{ month: number }>(
    `SELECT DISTINCT toYYYYMM(received) AS month FROM ${source}) ORDER BY month`,
    { partition, to, after: Math.min(...short.map(({ name }) => marks.get(name)!)) },
  )
  for (const table of short)
    for (const { month } of months) {
      await store.write.command(
        `INSERT INTO ${table.name}${suffix} (${columnNames(table)}) ${table.select(`${source} AND toYYYYMM(received) = {month:UInt32} AND ${guard})`)}
         SETTINGS deduplicate_insert_select = 'disable'`,
        { partition, after: marks.get(table.name)!, to, month },
      )
    }
}
