import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs'
import { parse } from 'csv-parse'
import { CommandError, exit } from './failure.js'

/** One user of a CSV file, its cells by column. */
export interface CsvRow {
  cells: Record<string, string>
  /** Counts the rows of data from 1. */
  row: number
  /** The file's line on which the row ends, as an editor counts. */
  line: number
  /** Bytes of the file up to here. */
  bytes: number
}

export interface CsvListeners {
  /** Told the header before the first row; what it throws ends the reading. */
  onHeader?: (columns: string[]) => void
  onChunk?: (chunk: Buffer) => void
}

interface Parsed {
  record: Record<string, string>
  info: { bytes: number; lines: number; records: number }
}

/** Streams the rows of a file, never holding more than a chunk of it. @throws CommandError */
export async function* rowsOf(file: string, { onHeader, onChunk }: CsvListeners = {}): AsyncGenerator<CsvRow> {
  const delimiter = delimiterOf(file)
  const columns = (header: string[]) => {
    refuseRepeats(header)
    onHeader?.(header)
    return header
  }
  const parser = parse({ columns, delimiter, bom: true, info: true, trim: true, skip_empty_lines: true })
  const input = createReadStream(file)
  if (onChunk !== undefined) input.on('data', (chunk) => onChunk(chunk as Buffer))
  input.once('error', (error) => parser.destroy(error))
  try {
    for await (const { record, info } of input.pipe(parser) as AsyncIterable<Parsed>)
      yield { cells: record, row: info.records, line: info.lines, bytes: info.bytes }
  } catch (error) {
    throw explain(error, file)
  } finally {
    input.destroy()
  }
}

/** A comma, unless the header is full of semicolons or tabs, as spreadsheets of many countries write it. */
function delimiterOf(file: string): string {
  const header = firstLine(file)
  const count = (delimiter: string) => header.split(delimiter).length
  return [',', ';', '\t'].reduce((best, d) => (count(d) > count(best) ? d : best))
}

function firstLine(file: string): string {
  if (!isFile(file)) {
    throw new CommandError(
      `Expected a CSV file; ${file} is not a regular file.`,
      'A file is read twice, to check it before anything is sent: save a pipe to a file first.',
      exit.usage,
    )
  }
  const head = Buffer.alloc(64 * 1024)
  const descriptor = openSync(file, 'r')
  const length = readSync(descriptor, head)
  closeSync(descriptor)
  return head.toString('utf8', 0, length).split(/[\r\n]/, 1)[0]!
}

function isFile(file: string): boolean {
  try {
    return statSync(file).isFile()
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : (error as Error).message
    throw new CommandError(`Expected a CSV file; ${file} ${why}.`, 'Check the path.', exit.usage)
  }
}

function refuseRepeats(header: readonly string[]): void {
  const repeated = header.find((column, i) => header.indexOf(column) < i)
  if (repeated === undefined) return
  throw new CommandError(
    `Expected columns of different names; ${JSON.stringify(repeated)} comes twice.`,
    'Rename one of them in the header.',
  )
}

function explain(error: unknown, file: string): unknown {
  const { code, message } = error as { code?: unknown; message: string }
  return typeof code === 'string' && code.startsWith('CSV_')
    ? new CommandError(`Expected CSV in ${file}. ${message}.`, 'Correct the file.')
    : error
}
