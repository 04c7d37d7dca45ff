import type { LogRecord } from '@assay/core/log/log'
import type { LineBuffer, Mark } from './lines.js'
import { monthOf } from './range.js'

/** Records of consecutive offsets and one month, framed for the store, and without repeats. */
export class Batch {
  /** Where the claim starts: the first record may have a later offset. */
  readonly from: number
  readonly mark: Mark
  readonly apps = new Set<string>()
  /** Offsets of the records left out. */
  readonly repeats = new Set<number>()
  /** How many records were read, repeats among them. */
  read = 0
  readonly #buffer: LineBuffer

  /** Takes `buffer` for its own until it is stored. */
  constructor(buffer: LineBuffer, from: number, received: number) {
    buffer.clear()
    this.#buffer = buffer
    this.from = from
    this.mark = { offset: from - 1, received }
  }

  get lines(): Buffer[] {
    return this.#buffer.lines
  }

  get framed(): boolean {
    return this.#buffer.framed
  }

  /** Bytes of all lines. */
  get size(): number {
    return this.#buffer.size
  }

  takes({ received }: LogRecord): boolean {
    const { start, end } = monthOf(this.mark.received)
    return start <= received && received < end
  }

  /** Takes in the next records, all of the batch's month; asks of each, in order, whether it is fresh. */
  add(records: readonly LogRecord[], isFresh: (record: LogRecord) => boolean): void {
    for (const record of records) {
      this.apps.add(record.app)
      if (isFresh(record)) this.#buffer.add(record)
      else this.repeats.add(record.offset)
    }
    this.read += records.length
    this.mark.offset = records.at(-1)!.offset
  }
}
