import type { LogRecord } from '@assay/core/log/log'
import type { Staged } from '@assay/core/store/store'
import type { LineBuffer, Mark } from './lines.js'
import { isIn, monthOf } from './range.js'

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
  /** Handed to the store; null when a record cannot be framed, so that each must be looked at. */
  staged: Staged | null = null

  constructor(from: number, received: number) {
    this.from = from
    this.mark = { offset: from - 1, received }
  }

  takes(record: LogRecord): boolean {
    return isIn(monthOf(this.mark.received), record)
  }

  /** Takes in the next records, all of the batch's month, and writes those that are `isFresh`, asked in order, as lines. */
  add(records: readonly LogRecord[], isFresh: (record: LogRecord) => boolean, lines: LineBuffer): void {
    for (const record of records) {
      this.apps.add(record.app)
      if (isFresh(record)) lines.add(record)
      else this.repeats.add(record.offset)
    }
    this.read += records.length
    this.mark.offset = records.at(-1)!.offset
  }
}
