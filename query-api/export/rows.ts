import type { Readable } from 'node:stream'
import { quote } from '@assay/core/store/sql'
import { cell } from './cell.js'
import { formats, type RowsFormat } from './format.js'
import type { LongReads } from './long-reads.js'

type Type =
  | 'String'
  | 'Nullable(String)'
  | 'UInt64'
  | 'Float64'
  | 'Nullable(Float64)'
  | 'Nullable(Bool)'
  | "DateTime64(3, 'UTC')"

/** Columns in order: their names, which are of our own making, and the engine's types. */
export type Columns = Readonly<Record<string, Type>>

/** Rows computed here in a form that the engine writes: they go there as JSON, times as Unix milliseconds. */
export function writeRows<Names extends Columns>(
  reads: LongReads,
  columns: Names,
  rows: readonly Record<keyof Names, unknown>[],
  format: RowsFormat,
): Promise<Readable> {
  const all = Object.entries(columns)
  const tuple = all.map(([name, type]) => `${name} ${isTime(type) ? 'Int64' : type}`).join(', ')
  const shown = all.map(([name, type]) => `${read(name, type, format)} AS ${name}`)
  const sql = `SELECT ${shown.join(', ')} FROM (
    SELECT arrayJoin(JSONExtract({rows:String}, ${quote(`Array(Tuple(${tuple}))`)})) AS row)`
  return reads.bytes(sql, formats[format].engine, { params: { rows: JSON.stringify(rows) } })
}

const isTime = (type: Type) => type.startsWith('DateTime64')

function read(name: string, type: Type, format: RowsFormat): string {
  const field = `tupleElement(row, ${quote(name)})`
  if (isTime(type)) return `fromUnixTimestamp64Milli(${field}, 'UTC')`
  return type === 'String' ? cell(field, format) : field
}
