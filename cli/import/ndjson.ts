import { CommandError } from '../failure.js'
import type { InputFile } from './file.js'
import type { Row, Table } from './table.js'
import { type OnChunk, textOf } from './text.js'

/** Characters of a line: JSON that is no NDJSON may be one line of gigabytes. */
const MAX_LINE = 1024 * 1024

/** A JSON object on each line; empty lines are passed over. */
export function openNdjson(file: InputFile): Table {
  return { part: 'field', columns: null, rows: (_, onChunk) => rowsOf(file, onChunk) }
}

async function* rowsOf(file: InputFile, onChunk?: OnChunk): AsyncGenerator<Row> {
  let [row, line] = [0, 0]
  for await (const text of linesOf(file, onChunk)) {
    line++
    if (text.trim() !== '') yield { row: ++row, line, ...read(text) }
  }
}

async function* linesOf(file: InputFile, onChunk?: OnChunk): AsyncGenerator<string> {
  let [rest, line] = ['', 0]
  for await (const text of textOf(file, onChunk)) {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    line += lines.length
    if (rest.length > MAX_LINE) throw tooLong(file, line + 1)
    yield* lines
  }
  if (rest !== '') yield rest
}

function tooLong({ name }: InputFile, line: number): CommandError {
  return new CommandError(
    `Expected a JSON object on each line of ${name}; line ${line} is longer than ${MAX_LINE} characters.`,
    'Write one object a line, without line breaks in it.',
  )
}

function read(text: string): Pick<Row, 'values' | 'fault'> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { values: value as Record<string, unknown> }
  } catch {
    // Told as the fault of this line.
  }
  return { values: {}, fault: { expected: 'a JSON object on a line of its own', got: text.trim() } }
}
