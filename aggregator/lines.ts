import type { LogRecord } from '@assay/core/log/log'

const OPEN = 0x7b
const CLOSE = 0x7d
const NEWLINE = 0x0a

/**
 * NDJSON of a batch: each stored line with its partition and offset put in front of its keys, its bytes otherwise as
 * ingest wrote them, and the mark row that says how far the batch reaches.
 */
export function toLines(
  records: readonly LogRecord[],
  partition: number,
  mark: { offset: number; received: number },
): Buffer {
  const prefix = `{"partition":${partition},"offset":`
  const room = prefix.length + 18
  const out = Buffer.allocUnsafe(records.reduce((sum, r) => sum + r.value.length + room, 512))
  let at = 0
  for (const { offset, value } of records) {
    at += out.write(`${prefix}${offset},`, at, 'latin1')
    at += value.copy(out, at, 1)
    out[at++] = NEWLINE
  }
  at += out.write(
    `${prefix}${mark.offset},"id":"","app":"","user":"","event":"$mark","value":0,"time":${mark.received},"tests":{},"props":{},"received":${mark.received}}\n`,
    at,
    'latin1',
  )
  return out.subarray(0, at)
}

/** Whether a record can be framed as one line of NDJSON at all; the engine judges the rest. */
export function isLine({ value }: LogRecord): boolean {
  return value.length > 2 && value[0] === OPEN && value[value.length - 1] === CLOSE && !value.includes(NEWLINE)
}
