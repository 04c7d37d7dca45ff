import type { WireEvent } from '@assay/core/event'
import { name } from '@assay/core/event'
import { CommandError, exit } from '../failure.js'
import type { Refuse } from './faults.js'
import type { Row } from './table.js'

/** How rows become events: judged on the first reading of a file, settled by it, used on the second. */
export interface Mapping {
  /** Columns it reads; those of `required` must be there. */
  columns: readonly string[]
  required: readonly string[]
  /** Judges a row. Gives its user, or null if it was refused. */
  judge(row: Row, refuse: Refuse): string | null
  /** What all rows together say. */
  settle(): Settled
}

export interface Settled {
  app: string
  /** Ids of the tests that its events are in, sorted. */
  tests: string[]
  events: number
  /** Rows left out, since the id they carry came before in the file. */
  repeats: number
  /** The mapping as far as it changes events; the server keeps apps apart itself. */
  identity: unknown
  /** For one reading of the file, row by row. Events without ids, which count through the file. */
  eventsOf(row: Row, importTime: number, refuse: Refuse): WireEvent[]
}

/** @throws CommandError for what is no name of an app or a test */
export function checkName(what: string, text: string): void {
  if (!name.safeParse(text).success)
    throw usage(`Expected ${what} of 1 to 128 printable characters; got ${JSON.stringify(text)}.`)
  if (text.startsWith('$')) throw usage(`Expected names that do not start with $; got ${text}.`)
}

export function usage(message: string): CommandError {
  return new CommandError(message, 'See `assay import --help`.', exit.usage)
}
