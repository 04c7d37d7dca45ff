import { appOfKey, type LogRecord } from '@assay/core/log/log'
import type { IdWindow } from './id-window.js'
import type { ImportRows } from './import-rows.js'

/** Drops records whose id came before: within the window for any event, at any distance for imported rows. */
export class Dedupe {
  readonly #window: IdWindow
  readonly #imports: ImportRows

  constructor(window: IdWindow, imports: ImportRows) {
    this.#window = window
    this.#imports = imports
  }

  /** Call once for every record of the log, in order. */
  async fresh(records: readonly LogRecord[]): Promise<LogRecord[]> {
    if (records.length === 0) return []
    const named = records.map((r) => ({ app: appOfKey(r.key), id: r.id }))
    await this.#imports.prepare(named, records[0]!.offset)
    return records.filter((_, i) => !this.#seen(named[i]!))
  }

  /** Takes in the ids of records that are stored already, so that later ones are held against them. */
  remember(records: readonly LogRecord[]): void {
    for (const r of records) this.#window.take(scoped(appOfKey(r.key), r.id))
  }

  #seen({ app, id }: { app: string; id: string }): boolean {
    const inWindow = this.#window.take(scoped(app, id))
    const inImport = this.#imports.take(app, id)
    return inWindow || inImport
  }
}

/** Clients choose ids, so one app's must not shadow another's. */
function scoped(app: string, id: string): string {
  return `${app}\n${id}`
}
