import type { WireEvent } from '@assay/core/event'
import { CommandError, exit } from './failure.js'

/** A metric of a user file: a column whose number is summed, or whose yes is a conversion. */
export interface MetricColumn {
  column: string
  kind: 'sum' | 'conversion'
}

export interface Mapping {
  app: string
  test: string
  user: string
  branch: string
  metrics: MetricColumn[]
  time?: string
}

export type CsvRow = Record<string, string>

const YES = new Set(['true', '1', 'yes', 'y', 't'])
const NO = new Set(['', 'false', '0', 'no', 'n', 'f'])

/** `COL`, `COL:sum` or `COL:conversion`; without a kind, a column of nothing but yes and no is a conversion. */
export function parseMetric(text: string, sample: readonly CsvRow[]): MetricColumn {
  const [, column, kind] = /^(.+?)(?::(sum|conversion))?$/s.exec(text) ?? []
  if (column === undefined)
    throw usage(`Expected --metric COL, COL:sum or COL:conversion; got ${JSON.stringify(text)}.`)
  const guess = sample.every((row) => isYesOrNo(row[column] ?? '')) ? 'conversion' : 'sum'
  return { column, kind: (kind as MetricColumn['kind'] | undefined) ?? guess }
}

/** @throws CommandError naming the columns there are */
export function requireColumns(mapping: Mapping, columns: readonly string[]): void {
  const wanted = [
    mapping.user,
    mapping.branch,
    ...mapping.metrics.map((m) => m.column),
    ...(mapping.time === undefined ? [] : [mapping.time]),
  ]
  const missing = wanted.filter((c) => !columns.includes(c))
  if (missing.length > 0) throw usage(`Expected a column ${missing.join(', ')}; the file has ${columns.join(', ')}.`)
}

/** The events of one user: the exposure, then one for each metric that is not zero. Without ids, which count through the file. */
export function eventsOfRow(row: CsvRow, line: number, mapping: Mapping, importTime: number): WireEvent[] {
  const { app, test, metrics } = mapping
  const time = mapping.time === undefined ? importTime : parseTime(row[mapping.time] ?? '', line, mapping.time)
  const base = { app, user: row[mapping.user] ?? '', testId: test, branch: row[mapping.branch] ?? '', time }
  const values = metrics.map((m) => ({ event: m.column, value: cellValue(row[m.column] ?? '', m, line) }))
  return [
    { ...base, event: '$exposure', value: 1 },
    ...values.filter((v) => v.value !== 0).map((v) => ({ ...base, ...v })),
  ]
}

function cellValue(cell: string, { column, kind }: MetricColumn, line: number): number {
  const text = cell.trim()
  if (kind === 'conversion') {
    if (YES.has(text.toLowerCase())) return 1
    if (NO.has(text.toLowerCase())) return 0
    throw badCell(line, column, 'true or false', cell)
  }
  const value = Number(text)
  if (!Number.isFinite(value)) throw badCell(line, column, 'a number', cell)
  return value
}

function parseTime(cell: string, line: number, column: string): number {
  const time = /^\d+$/.test(cell.trim()) ? Number(cell) : Date.parse(cell)
  if (!Number.isFinite(time)) throw badCell(line, column, 'a time (ISO 8601 or Unix milliseconds)', cell)
  return time
}

const isYesOrNo = (cell: string) => YES.has(cell.trim().toLowerCase()) || NO.has(cell.trim().toLowerCase())

function badCell(line: number, column: string, expected: string, cell: string): CommandError {
  return new CommandError(
    `Row ${line}, column ${column}: expected ${expected}; got ${JSON.stringify(cell.slice(0, 60))}.`,
    'Correct the file and run the same command again.',
  )
}

function usage(message: string): CommandError {
  return new CommandError(message, 'See `assay import --help`.', exit.usage)
}
