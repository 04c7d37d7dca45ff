import { Readable } from 'node:stream'
import { type Parser, parse } from 'csv-parse'
import { CommandError } from '../failure.js'
import type { InputFile } from './file.js'
import type { Row, Table } from './table.js'
import { type OnChunk, textOf } from './text.js'

/** Characters of a row: a quote that is never closed would take in the rest of the file. */
const MAX_ROW = 1024 * 1024

interface Parsed {
  record: string[]
  info: { lines: number; records: number }
}

/** CSV with a header. @param delimiter by default what the header has most of */
export async function openCsv(file: InputFile, delimiter?: string): Promise<Table> {
  const separator = delimiter ?? delimiterOf(await firstLine(file))
  const columns = await headerOf(file, separator)
  refuseRepeats(columns)
  return {
    part: 'column',
    columns,
    rows: (_, onChunk) => rowsOf(recordsOf(file, separator, onChunk), columns),
  }
}

/** A comma, unless the header is full of semicolons or tabs, as spreadsheets of many countries write it. */
function delimiterOf(header: string): string {
  const count = (delimiter: string) => header.split(delimiter).length
  return [',', ';', '\t'].reduce((best, d) => (count(d) > count(best) ? d : best))
}

async function firstLine(file: InputFile): Promise<string> {
  let text = ''
  for await (const piece of textOf(file)) {
    text += piece
    if (/[\r\n]/.test(text) || text.length > MAX_ROW) break
  }
  return text.split(/[\r\n]/, 1)[0]!
}

async function headerOf(file: InputFile, delimiter: string): Promise<string[]> {
  for await (const { record } of recordsOf(file, delimiter)) return record
  return []
}

function refuseRepeats(header: readonly string[]): void {
  const repeated = header.find((column, i) => header.indexOf(column) < i)
  if (repeated === undefined) return
  throw new CommandError(
    `Expected columns of different names; ${JSON.stringify(repeated)} comes twice.`,
    'Rename one of them in the header.',
  )
}

async function* rowsOf(records: AsyncIterable<Parsed>, columns: readonly string[]): AsyncGenerator<Row> {
  let row = 0
  for await (const { record, info } of records) {
    if (row++ === 0) continue
    const values: Record<string, string> = {}
    for (let i = 0; i < columns.length; i++) values[columns[i]!] = record[i]!
    const whole = record.length === columns.length
    const fault = { expected: `${columns.length} cells, as the header has`, got: `${record.length}` }
    yield { row: row - 1, line: info.lines, values, ...(whole ? {} : { fault }) }
  }
}

async function* recordsOf(file: InputFile, delimiter: string, onChunk?: OnChunk): AsyncGenerator<Parsed> {
  const parser: Parser = parse({
    delimiter,
    info: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
  })
  const input = Readable.from(bounded(textOf(file, onChunk), parser))
  input.once('error', (error) => parser.destroy(error))
  try {
    yield* input.pipe(parser) as AsyncIterable<Parsed>
  } catch (error) {
    throw explain(error, file)
  } finally {
    input.destroy()
  }
}

/** What the parser is fed, as long as rows come of it: it would keep a row of any length in memory. */
async function* bounded(text: AsyncIterable<string>, parser: Parser): AsyncGenerator<string> {
  let [rows, pending] = [0, 0]
  for await (const piece of text) {
    pending = parser.info.records === rows ? pending : 0
    rows = parser.info.records
    if (pending > MAX_ROW)
      throw new CommandError(
        `Expected rows of at most ${MAX_ROW} characters; row ${rows} has more.`,
        'A quote there may never be closed.',
      )
    pending += piece.length
    yield piece
  }
}

function explain(error: unknown, { name }: InputFile): unknown {
  const { code, message } = error as { code?: unknown; message: string }
  return typeof code === 'string' && code.startsWith('CSV_')
    ? new CommandError(`Expected CSV in ${name}. ${message}.`, 'Correct the file.')
    : error
}
