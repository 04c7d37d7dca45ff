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

/**
 * NDJSON of records: each stored line with its partition and offset put in front of its keys, its bytes otherwise as
 * ingest wrote them. `framed` says whether each record was one line.
 */
export function toLines(records: readonly LogRecord[], partition: number): { lines: Buffer; framed: boolean } {
  const prefix = Buffer.from(`{"partition":${partition},"offset":`)
  const room = prefix.length + 18
  const out = Buffer.allocUnsafe(records.reduce((sum, r) => sum + r.end - r.start + room, 0))
  let at = 0
  let framed = true
  for (const { offset, bytes, start, end } of records) {
    const line = at
    for (let i = 0; i < prefix.length; i++) out[at++] = prefix[i]!
    at = writeDigits(out, at, offset)
    out[at++] = COMMA
    at += bytes.copy(out, at, start + 1, end)
    out[at] = NEWLINE
    framed &&= isObject(bytes, start, end) && out.indexOf(NEWLINE, line) === at
    at++
  }
  return { lines: out.subarray(0, at), framed }
}

/** A whole number in decimal, several times as fast as by way of a string. */
function writeDigits(out: Buffer, at: number, n: number): number {
  let end = at + 1
  for (let rest = n; rest >= 10; rest = Math.trunc(rest / 10)) end++
  for (let rest = n, i = end - 1; i >= at; i--) {
    const tens = Math.trunc(rest / 10)
    out[i] = ZERO + rest - tens * 10
    rest = tens
  }
  return end
}

/** The mark's row; it goes last. */
export function markLine({ offset, received }: Mark, partition: number): Buffer {
  const row = {
    partition,
    offset,
    id: '',
    app: '',
    user: '',
    event: '$mark',
    value: 0,
    time: received,
    tests: {},
    props: {},
    received,
  }
  return Buffer.from(`${JSON.stringify(row)}\n`)
}

/** Whether a record can be framed as one line of NDJSON at all; the engine judges the rest. */
export function isLine(record: LogRecord): boolean {
  const { bytes, start, end } = record
  return isObject(bytes, start, end) && !payload(record).includes(NEWLINE)
}

function isObject(bytes: Buffer, start: number, end: number): boolean {
  return end - start > 2 && bytes[start] === OPEN && bytes[end - 1] === CLOSE
}
