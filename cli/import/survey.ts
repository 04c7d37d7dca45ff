import { createHash } from 'node:crypto'
import { murmur3 } from '@assay/core/assign'
import { CommandError } from '../failure.js'
import { progress } from '../progress.js'
import { rawOf } from './cell.js'
import { Faults } from './faults.js'
import type { InputFile } from './file.js'
import { type Mapping, type Settled, usage } from './mapping.js'
import type { Row, Table } from './table.js'

/** What one reading of a file tells, before anything is sent. */
export interface Survey extends Settled {
  mapping: Mapping
  /** Names the import: the same content and mapping give the same digest, whatever the order of the metrics. */
  digest: string
  rows: number
  /** Distinct users, or null for more than fit in memory. */
  users: number | null
}

/**
 * Reads the whole file and judges every cell. A fault found only while sending would leave the rows before it counted,
 * and the corrected file, being another import, would count them again. @throws CommandError with the first faults
 */
export async function survey(file: InputFile, table: Table, mapping: Mapping, quiet: boolean): Promise<Survey> {
  if (table.columns !== null)
    refuseMissing(
      mapping.required.filter((c) => !table.columns!.includes(c)),
      table.columns,
    )
  const hash = createHash('sha256')
  const users = new DistinctUsers()
  const faults = new Faults(table.part)
  const seen = new SeenColumns(mapping.required)
  const bar = progress('checking', megabytes(file.size), 'MB', quiet)
  let rows = 0
  let end: unknown
  try {
    for await (const row of table.rows(mapping.columns, (chunk) => hash.update(chunk))) {
      rows++
      bar.update(megabytes(file.at))
      if (row.fault !== undefined) {
        faults.refuse(row, null, row.fault.expected, row.fault.got)
        continue
      }
      if (table.columns === null) seen.take(row)
      const user = mapping.judge(row, faults.refuse)
      if (user !== null) users.add(user)
    }
  } catch (error) {
    end = error
  } finally {
    bar.stop()
  }
  if (end === undefined && table.columns === null && rows > 0) seen.refuseMissing()
  faults.throwIfAny(file.name, end)
  if (rows === 0) throw new CommandError(`Expected rows of data; ${file.name} has none.`, 'Check the file.')
  const settled = mapping.settle()
  const digest = hash.update(JSON.stringify(settled.identity)).digest('hex').slice(0, 32)
  return { ...settled, mapping, digest, rows, users: users.count }
}

const megabytes = (bytes: number) => Math.ceil(bytes / 1e6)

function refuseMissing(missing: readonly string[], columns: readonly string[]): void {
  if (missing.length === 0) return
  const there = columns.slice(0, 50).join(', ') + (columns.length > 50 ? ', …' : '')
  throw usage(`Expected a column ${missing.join(', ')}; the file has ${there || 'no columns'}.`)
}

/** Which columns any row had, where each row names its own: a name that is wrong would else be a column of nothing. */
class SeenColumns {
  readonly #unseen: Set<string>
  #first: string[] | undefined

  constructor(required: readonly string[]) {
    this.#unseen = new Set(required)
  }

  take(row: Row): void {
    this.#first ??= Object.keys(row.values)
    for (const column of this.#unseen) if (rawOf(row, column) !== undefined) this.#unseen.delete(column)
  }

  refuseMissing(): void {
    refuseMissing([...this.#unseen], this.#first ?? [])
  }
}

/** Counts exactly up to a bound, by 53 bits of hash, so that a file of any length needs little memory. */
class DistinctUsers {
  static readonly #BOUND = 1_000_000
  readonly #seen = new Set<number>()

  add(user: string): void {
    if (this.#seen.size <= DistinctUsers.#BOUND) this.#seen.add(murmur3(user, 1) * 2 ** 21 + (murmur3(user, 2) >>> 11))
  }

  get count(): number | null {
    return this.#seen.size > DistinctUsers.#BOUND ? null : this.#seen.size
  }
}
