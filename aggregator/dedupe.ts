import type { LogRecord } from '@assay/core/log/log'
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

  /** Makes ready for these records, the next of the log; may be tried again. */
  prepare(records: readonly LogRecord[]): Promise<void> {
    return this.#imports.prepare(records)
  }

  /** Call once for every record of the log, in order. */
  isFresh({ offset, app, id }: LogRecord): boolean {
    const inWindow = this.#window.take(offset, app, id)
    const inImport = this.#imports.take(app, id)
    return !inWindow && !inImport
  }

  /** Takes in a record that is stored already, so that later ones are held against it. */
  remember({ offset, app, id }: LogRecord): void {
    this.#window.take(offset, app, id)
  }

  /** The first offset to remember before the record at `offset` can be judged. */
  reach(offset: number): number {
    return this.#window.reach(offset)
  }
}
