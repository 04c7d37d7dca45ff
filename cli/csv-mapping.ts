import { inheritedNames, type WireEvent, wireEvent } from '@assay/core/event'
import { kinds, type MetricKind, readCell, readTime } from './csv-cell.js'
import type { CsvRow } from './csv-file.js'
import { CommandError, exit } from './failure.js'

/** A metric of a user file; without a kind, the whole column decides. */
export interface AskedMetric {
  column: string
  kind?: MetricKind
}

export interface Mapping<Metric = AskedMetric & { kind: MetricKind }> {
  app: string
  test: string
  user: string
  branch: string
  metrics: Metric[]
  time?: string
}

/** `COL`, `COL:sum` or `COL:conversion`; any other text after a colon is part of the column's name. */
export function parseMetric(text: string): AskedMetric {
  const kind = kinds.find((k) => text.endsWith(`:${k}`))
  const column = kind === undefined ? text : text.slice(0, -kind.length - 1)
  return kind === undefined ? { column } : { column, kind }
}

/** Judges all that the header and the arguments tell. @throws CommandError naming the columns there are */
export function checkMapping(mapping: Mapping<AskedMetric>, columns: readonly string[]): void {
  const { app, test, user, branch, time, metrics } = mapping
  const names = metrics.map((m) => m.column)
  const missing = [user, branch, ...names, ...(time === undefined ? [] : [time])].filter((c) => !columns.includes(c))
  if (missing.length > 0) throw usage(`Expected a column ${missing.join(', ')}; the file has ${columns.join(', ')}.`)
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice !== undefined) throw usage(`Expected each metric once; ${twice} came twice.`)
  const reserved = [app, test, ...names].find((name) => name.startsWith('$'))
  if (reserved !== undefined) throw usage(`Expected names that do not start with $; got ${reserved}.`)
  if (inheritedNames.includes(test)) throw usage(`Expected another test id; ${test} is no name for one.`)
}

/** Who the row is about, judged as ingest will: a file is refused before any of it is sent. */
export function exposureOf(row: CsvRow, mapping: Mapping<AskedMetric>, importTime: number): WireEvent {
  const { app, test, time } = mapping
  const event = {
    app,
    user: row.cells[mapping.user]!,
    event: '$exposure',
    value: 1,
    time: time === undefined ? importTime : timeOf(row, time),
    tests: { [test]: row.cells[mapping.branch]! },
  }
  const issue = wireEvent.safeParse(event).error?.issues[0]
  if (issue !== undefined) throw badName(row, mapping, issue.path[0], issue.message)
  if (event.tests[test]!.startsWith('$'))
    throw badCell(row, mapping.branch, 'a branch that does not start with $', event.tests[test]!)
  return event
}

/** The events of one user: the exposure, then one for each metric that is not zero. Without ids, which count through the file. */
export function eventsOfRow(row: CsvRow, mapping: Mapping, importTime: number): WireEvent[] {
  const exposure = exposureOf(row, mapping, importTime)
  const values = mapping.metrics.map(({ column, kind }) => ({ event: column, value: metricValue(row, column, kind) }))
  return [exposure, ...values.filter((v) => v.value !== 0).map((v) => ({ ...exposure, ...v }))]
}

function metricValue(row: CsvRow, column: string, kind: MetricKind): number {
  const value = readCell(kind, row.cells[column]!)
  if (value === null) throw badCell(row, column, expected[kind], row.cells[column]!)
  return value
}

export const expected: Record<MetricKind, string> = {
  sum: 'a number such as 12.5',
  conversion: 'true or false, yes or no, 1 or 0',
}

function timeOf(row: CsvRow, column: string): number {
  const time = readTime(row.cells[column]!)
  if (time === null) throw badCell(row, column, 'a time (ISO 8601 or Unix milliseconds)', row.cells[column]!)
  return time
}

function badName(row: CsvRow, { user, branch }: Mapping<unknown>, field: unknown, why: string): CommandError {
  if (field === 'user') return badCell(row, user, `a user of 1 to 256 printable characters`, row.cells[user]!)
  if (field === 'tests')
    return badCell(row, branch, `a branch of 1 to 128 printable characters, no @`, row.cells[branch]!)
  return usage(`${String(field)}: ${why}.`)
}

export function badCell({ row, line }: CsvRow, column: string, expected: string, cell: string): CommandError {
  return new CommandError(
    `Row ${row} (line ${line}), column ${column}: expected ${expected}; got ${JSON.stringify(cell.slice(0, 60))}.`,
    'Nothing was sent. Correct the file and run the same command again.',
  )
}

function usage(message: string): CommandError {
  return new CommandError(message, 'See `assay import --help`.', exit.usage)
}
