import { type LogRecord, payload } from '@assay/core/log/log'

const OPEN = 0x7b
const CLOSE = 0x7d
const NEWLINE = 0x0a
const COMMA = 0x2c
const ZERO = 0x30

/** The last offset of a batch, and when its first record was received: every table's part of the batch carries it. */
export interface Mark {
  offset: number
  received: number
}

/** Larger than any record, which are 32 KB at the most by ingest; a record that is larger gets a segment of its own. */
const SEGMENT = 1024 * 1024

/**
 * NDJSON of a partition's records: each stored line with its partition and offset put in front of its keys, its bytes
 * otherwise as ingest wrote them. Made to be used again and again: fresh memory for each batch costs the engine, which
 * works in the same address space, a third of its speed.
 */
export class LineBuffer {
  #prefix = Buffer.alloc(0)
  #segments = [Buffer.allocUnsafe(SEGMENT)]
  /** How many bytes of each segment in use are written; the last one is being written. */
  #ends = [0]
  /** Bytes in all. */
  size = 0
  /** Whether each record was one line of JSON, so that it could be framed at all. */
  framed = true

  /** Forgets all lines, for some of this partition; keeps as much memory as they needed. */
  start(partition: number): void {
    this.#prefix = Buffer.from(`{"partition":${partition},"offset":`)
    this.#segments.length = this.#ends.length
    this.#ends = [0]
    this.size = 0
    this.framed = true
  }

  /** What was added since the start. */
  get lines(): Buffer[] {
    return this.#ends.map((end, i) => this.#segments[i]!.subarray(0, end))
  }

  add({ offset, bytes, start, end }: Pick<LogRecord, 'offset' | 'bytes' | 'start' | 'end'>): void {
    const out = this.#room(this.#prefix.length + 18 + end - start)
    const line = this.#ends.at(-1)!
    let at = line
    for (let i = 0; i < this.#prefix.length; i++) out[at++] = this.#prefix[i]!
    at = writeDigits(out, at, offset)
    out[at++] = COMMA
    at += bytes.copy(out, at, start + 1, end)
    out[at] = NEWLINE
    if (!isObject(bytes, start, end) || out.indexOf(NEWLINE, line) !== at) this.framed = false
    this.#ends[this.#ends.length - 1] = at + 1
    this.size += at + 1 - line
  }

  /** The mark's row; it goes last. */
  addMark(mark: Mark): void {
    const bytes = Buffer.from(JSON.stringify(markRow(mark)))
    this.add({ offset: mark.offset, bytes, start: 0, end: bytes.length })
  }

  /** The segment being written, or the next one if it has no room. */
  #room(bytes: number): Buffer {
    const last = this.#ends.length - 1
    const segment = this.#segments[last]!
    if (this.#ends[last]! + bytes <= segment.length) return segment
    this.#ends.push(0)
    const next = this.#segments[last + 1]
    if (next !== undefined && next.length >= bytes) return next
    this.#segments[last + 1] = Buffer.allocUnsafe(Math.max(SEGMENT, bytes))
    return this.#segments[last + 1]!
  }
}

/** Lines of some records, and of a mark where there is one, in memory of their own. */
export function toLines(records: readonly LogRecord[], partition: number, mark?: Mark): Buffer[] {
  const buffer = new LineBuffer()
  buffer.start(partition)
  for (const record of records) buffer.add(record)
  if (mark !== undefined) buffer.addMark(mark)
  return buffer.lines
}

/** A whole number in decimal, several times as fast as by way of a string. */
function writeDigits(out: Buffer, at: number, n: number): number {
  let end = at + 1
  for (let rest = n; rest >= 10; rest = Math.trunc(rest / 10)) end++
  for (let rest = n, i = end - 1; i >= at; i--) {
    const tens = Math.trunc(rest / 10)
    out[i] = ZERO + (rest - tens * 10)
    rest = tens
  }
  return end
}

function markRow({ received }: Mark) {
  return { id: '', app: '', user: '', event: '$mark', value: 0, time: received, tests: {}, props: {}, received }
}

/** Whether a record can be framed as one line of NDJSON at all; the engine judges the rest. */
export function isLine(record: LogRecord): boolean {
  const { bytes, start, end } = record
  return isObject(bytes, start, end) && !payload(record).includes(NEWLINE)
}

function isObject(bytes: Buffer, start: number, end: number): boolean {
  return end - start > 2 && bytes[start] === OPEN && bytes[end - 1] === CLOSE
}
