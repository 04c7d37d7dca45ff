import type { LogRecord } from '@assay/core/log/log'
import { type Mark, toLines } from './lines.js'
import { batchLimit, monthOf } from './range.js'

/** Records of consecutive offsets and one month, framed for the store, and without repeats. */
export class Batch {
  /** Where the claim starts: the first record may have a later offset. */
  readonly from: number
  readonly mark: Mark
  readonly lines: Buffer[] = []
  readonly apps = new Set<string>()
  /** Offsets of the records left out. */
  readonly repeats = new Set<number>()
  /** How many records were read, repeats among them. */
  read = 0
  /** Whether every record is one line of JSON, so that it can be framed at all. */
  framed = true
  readonly #partition: number
  #bytes = 0

  constructor(partition: number, from: number, received: number) {
    this.#partition = partition
    this.from = from
    this.mark = { offset: from - 1, received }
  }

  get full(): boolean {
    return this.read >= batchLimit.records || this.#bytes >= batchLimit.bytes
  }

  takes({ received }: LogRecord): boolean {
    const { start, end } = monthOf(this.mark.received)
    return start <= received && received < end
  }

  /** Takes in the next records, all of the batch's month; asks of each, in order, whether it is fresh. */
  add(records: readonly LogRecord[], isFresh: (record: LogRecord) => boolean): void {
    const fresh = records.filter((record) => {
      this.apps.add(record.app)
      if (isFresh(record)) return true
      this.repeats.add(record.offset)
      return false
    })
    const { lines, framed } = toLines(fresh, this.#partition)
    this.lines.push(lines)
    this.framed &&= framed
    this.read += records.length
    this.#bytes += lines.length
    this.mark.offset = records.at(-1)!.offset
  }
}
