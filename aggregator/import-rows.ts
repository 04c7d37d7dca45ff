import type { LogRecord } from '@assay/core/log/log'
import { imports } from '@assay/core/store/schema'
import type { Store } from '@assay/core/store/store'

const PREFIX = 'import:'

/**
 * Which rows of which imported file are in the log so far, at any distance: a file sent again counts once. Loaded from
 * the `imports` table up to the offset where reading starts, then kept up record by record.
 */
export class ImportRows {
  readonly #seen = new Map<string, Set<number>>()
  readonly #store: Store
  readonly #table: string
  readonly #partition: number

  constructor(store: Store, partition: number, suffix: string) {
    this.#store = store
    this.#partition = partition
    this.#table = imports.name + suffix
  }

  /** Loads what earlier offsets hold of the imports these records belong to. */
  async prepare(records: readonly LogRecord[]): Promise<void> {
    const unknown = new Set<string>()
    for (const { app, id } of records) {
      const file = id.startsWith(PREFIX) ? fileOf(app, id) : null
      if (file !== null && !this.#seen.has(file)) unknown.add(file)
    }
    for (const file of unknown) this.#seen.set(file, await this.#load(file, records[0]!.offset))
  }

  /** Takes a record's id in and says whether that row was there before; false for ids that are no import's. */
  take(app: string, id: string): boolean {
    const file = id.startsWith(PREFIX) ? fileOf(app, id) : null
    if (file === null) return false
    const rows = this.#seen.get(file)!
    const row = Number(id.slice(id.lastIndexOf(':') + 1))
    if (rows.has(row)) return true
    rows.add(row)
    return false
  }

  async #load(file: string, offset: number): Promise<Set<number>> {
    const [app, digest] = file.split('\n') as [string, string]
    const rows = await this.#store.write.query<{ row: number }>(
      `SELECT arrayJoin(bitmapToArray(groupBitmapMergeState(rows))) AS row FROM ${this.#table}
       WHERE app = {app:String} AND digest = {digest:String} AND partition = {partition:UInt16} AND offset < {offset:UInt64}`,
      { app, digest, partition: this.#partition, offset },
    )
    return new Set(rows.map((r) => r.row))
  }
}

/** The app and digest an import's id belongs to, or null. */
function fileOf(app: string, id: string): string | null {
  const end = id.indexOf(':', PREFIX.length)
  return end === -1 || !/^\d{1,9}$/.test(id.slice(end + 1)) ? null : `${app}\n${id.slice(PREFIX.length, end)}`
}
