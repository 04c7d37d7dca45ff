import { createHash } from 'node:crypto'
import { murmur3 } from '@assay/core/assign'
import { kinds, type MetricKind, readCell } from './csv-cell.js'
import { type CsvRow, rowsOf } from './csv-file.js'
import { type AskedMetric, badCell, checkMapping, expected, exposureOf, type Mapping } from './csv-mapping.js'
import { CommandError } from './failure.js'

/** What one reading of a file tells, before anything is sent. */
export interface Survey {
  mapping: Mapping
  /** Names the import: the same content and mapping give the same digest, whatever the order of the metrics. */
  digest: string
  rows: number
  /** Distinct users, or null for more than fit in memory. */
  users: number | null
  events: number
}

/**
 * Reads the whole file and judges every cell. A fault found only while sending would leave the rows before it counted,
 * and the corrected file, being another import, would count them again.
 */
export async function survey(file: string, asked: Mapping<AskedMetric>): Promise<Survey> {
  const hash = createHash('sha256')
  const users = new DistinctUsers()
  const columns = asked.metrics.map((metric) => new Column(metric))
  let rows = 0
  const onHeader = (header: string[]) => checkMapping(asked, header)
  for await (const row of rowsOf(file, { onHeader, onChunk: (chunk) => hash.update(chunk) })) {
    users.add(exposureOf(row, asked, 0).user)
    for (const column of columns) column.take(row)
    rows++
  }
  if (rows === 0) throw new CommandError(`Expected a header and rows of users; ${file} has none.`, 'Check the file.')
  const metrics = columns.map((c) => c.metric).sort((a, b) => (a.column < b.column ? -1 : 1))
  const mapping = { ...asked, metrics }
  const digest = hash
    .update(JSON.stringify(identity(mapping)))
    .digest('hex')
    .slice(0, 32)
  return { mapping, digest, rows, users: users.count, events: columns.reduce((sum, c) => sum + c.events, rows) }
}

/** The mapping as far as it changes events; the server keeps apps apart itself. */
function identity({ test, user, branch, time, metrics }: Mapping): unknown[] {
  return [test, user, branch, time ?? null, metrics.map((m) => [m.column, m.kind])]
}

/** Judges a column's cells by each kind it may still be of. */
class Column {
  readonly #asked: AskedMetric
  readonly #events = new Map<MetricKind, number>()

  constructor(asked: AskedMetric) {
    this.#asked = asked
    for (const kind of asked.kind === undefined ? kinds : [asked.kind]) this.#events.set(kind, 0)
  }

  take(row: CsvRow): void {
    const cell = row.cells[this.#asked.column]!
    const before = [...this.#events.keys()]
    for (const kind of before) {
      const value = readCell(kind, cell)
      if (value === null) this.#events.delete(kind)
      else if (value !== 0) this.#events.set(kind, this.#events.get(kind)! + 1)
    }
    if (this.#events.size === 0)
      throw badCell(row, this.#asked.column, before.map((k) => expected[k]).join(', or '), cell)
  }

  /** Numbers are summed; a column of 0 and 1 gives the same events either way. */
  get metric(): AskedMetric & { kind: MetricKind } {
    return { column: this.#asked.column, kind: this.#events.has('sum') ? 'sum' : 'conversion' }
  }

  get events(): number {
    return this.#events.get(this.metric.kind)!
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
