import type { LogRecord } from '@assay/core/log/log'

const OPEN = 0x7b
const CLOSE = 0x7d
const NEWLINE = 0x0a

/** The last offset of a batch, and when its first record was received: every table's part of the batch carries it. */
export interface Mark {
  offset: number
  received: number
}

/** NDJSON of records: each stored line with its partition and offset put in front of its keys, its bytes otherwise as ingest wrote them. */
export function toLines(records: readonly LogRecord[], partition: number): Buffer {
  const prefix = `{"partition":${partition},"offset":`
  const room = prefix.length + 18
  const out = Buffer.allocUnsafe(records.reduce((sum, r) => sum + r.value.length + room, 0))
  let at = 0
  for (const { offset, value } of records) {
    at += out.write(`${prefix}${offset},`, at, 'latin1')
    at += value.copy(out, at, 1)
    out[at++] = NEWLINE
  }
  return out.subarray(0, at)
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
export function isLine({ value }: LogRecord): boolean {
  return value.length > 2 && value[0] === OPEN && value[value.length - 1] === CLOSE && !value.includes(NEWLINE)
}
