import { isUtf8 } from 'node:buffer'
import type { Row } from './table.js'

/** What a row has in a column; a path with dots reaches into nested values. Undefined where it has nothing. */
export function rawOf({ values }: Row, column: string): unknown {
  if (Object.hasOwn(values, column)) return values[column]
  let value: unknown = values
  for (const step of column.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<string, unknown>)[step]
  }
  return value
}

/** The same value as text, whatever the format: so a number is one user in CSV, JSON and Parquet alike. */
export function cellOf(row: Row, column: string): string {
  return textOf(rawOf(row, column))
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === undefined || value === null) return ''
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'a time out of range' : value.toISOString()
  if (value instanceof Uint8Array) return isUtf8(value) ? Buffer.from(value).toString() : NOT_TEXT
  return typeof value === 'object' ? JSON.stringify(value, inJson) : String(value)
}

/** No name and no prop may hold half a character: bytes that are no text are refused as these are. */
const NOT_TEXT = '\ud800'

function inJson(_: string, value: unknown): unknown {
  return typeof value === 'bigint' || value instanceof Uint8Array ? textOf(value) : value
}

/** The text of a name or an id; null for nested values, and for numbers that JSON or a float may have rounded. */
export function nameOf(row: Row, column: string): string | null {
  const value = rawOf(row, column)
  if (typeof value === 'number') return Math.abs(value) > Number.MAX_SAFE_INTEGER ? null : String(value)
  const text = textOf(value)
  return typeof value === 'object' && /^[[{]/.test(text) ? null : text
}

/** What a name may be. */
export const nameable = 'text, or a number below 2^53'

/** How a column's cells become values: numbers that are summed, or a yes that is a conversion. */
export const kinds = ['sum', 'conversion'] as const
export type MetricKind = (typeof kinds)[number]

const YES = new Set(['true', '1', 'yes', 'y', 't'])
const NO = new Set(['', 'false', '0', 'no', 'n', 'f'])
/** Plain decimals only: `Number` would also take 0x10 and turn 1e999 into Infinity. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
/** What ingest takes. */
const MAGNITUDE = 1e100

/** The value of a cell: 0 where it means no event, null where it is not of this kind. */
export function readCell(kind: MetricKind, cell: string): number | null {
  const text = cell.trim()
  if (kind === 'sum') return text === '' ? 0 : readNumber(text)
  const word = text.toLowerCase()
  return YES.has(word) ? 1 : NO.has(word) ? 0 : null
}

export function readNumber(text: string): number | null {
  const value = NUMBER.test(text) ? Number(text) : Number.NaN
  return Math.abs(value) <= MAGNITUDE ? value : null
}

const DATE = /^\d{4}-\d\d-\d\d$/
const DATE_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/i
/** From 2001 on in milliseconds; shorter numbers are seconds. */
const MILLISECONDS = /^\d{12,15}$/

/** Unix milliseconds, or null. A time without a zone is UTC, so that a file means the same on every machine. */
export function readTime(cell: string): number | null {
  const text = cell.trim()
  if (MILLISECONDS.test(text)) return Number(text)
  const [, , , zone] = DATE_TIME.exec(text) ?? []
  if (!DATE.test(text) && !DATE_TIME.test(text)) return null
  const iso = text.replace(' ', 'T')
  const time = Date.parse(DATE.test(text) || zone !== undefined ? iso : `${iso}Z`)
  return Number.isNaN(time) || time < 0 ? null : time
}
