import { CommandError } from '../failure.js'
import type { Row, Table } from './table.js'

/** How many faults are told in full. */
const TOLD = 10

/** Tells what is wrong in a row: the column or null for the whole row, what was expected, what came. */
export type Refuse = (row: Row, column: string | null, expected: string, got: unknown) => void

/** What is wrong in a file: the first faults in full, the others as a count. */
export class Faults {
  readonly #part: Table['part']
  readonly #told: string[] = []
  #count = 0

  constructor(part: Table['part']) {
    this.#part = part
  }

  readonly refuse: Refuse = ({ row, line }, column, expected, got) => {
    this.#count++
    if (this.#told.length === TOLD) return
    const place =
      line === undefined || line === row ? `${line === undefined ? 'Row' : 'Line'} ${row}` : `Row ${row} (line ${line})`
    const where = column === null ? place : `${place}, ${this.#part} ${column}`
    this.#told.push(`${where}: expected ${expected}; got ${quote(got)}.`)
  }

  /** @param end what ended the reading early, which is told last. @throws CommandError if anything was refused */
  throwIfAny(name: string, end?: unknown): void {
    if (this.#count === 0 && end !== undefined) throw end
    if (this.#count === 0) return
    const rest = this.#count > TOLD ? `, the first ${TOLD}` : ''
    const head =
      this.#count === 1 ? [] : [`Expected no faults in ${name}; it has ${this.#count.toLocaleString('en-US')}${rest}:`]
    const lines = [
      ...head,
      ...this.#told,
      ...(end === undefined ? [] : [`It was read no further. ${(end as Error).message}`]),
    ]
    throw new CommandError(lines.join('\n      '), 'Nothing was sent. Correct the file and run the same command again.')
  }
}

/** A value as JSON, short enough for a line. */
function quote(value: unknown): string {
  if (value === undefined || value === '') return value === '' ? '""' : 'nothing'
  const text = JSON.stringify(typeof value === 'string' ? value.slice(0, 60) : value)
  return text.length > 62 ? `${text.slice(0, 60)}…` : text
}
