import type { Log, LogRecord } from '@assay/core/log/log'

/** Large enough to spare the engine's per-insert cost, small enough that a repeat after a crash takes a second. */
export const batchLimit = { records: 250_000, bytes: 64 * 1024 * 1024 }

/** Records read at once: requests are answered on the same thread in between. */
const slice = { records: 5_000, bytes: 4 * 1024 * 1024 }

/**
 * Records from `from` to `to` at the most, empty at the log's end, all of one month of `received`: the tables are
 * partitioned by it, and only a single part is all or nothing.
 */
export async function readSlice(log: Log, partition: number, from: number, to: number): Promise<LogRecord[]> {
  const records = await log.read('assay.events', partition, from, slice)
  const first = records[0]
  if (first === undefined || first.offset > to) return []
  const month = monthOf(first.received)
  const after = records.findIndex((r) => r.offset > to || !isIn(month, r))
  return after === -1 ? records : records.slice(0, after)
}

interface Month {
  start: number
  end: number
}

export function isIn({ start, end }: Month, { received }: LogRecord): boolean {
  return start <= received && received < end
}

/** The calendar month in UTC around an instant, in Unix milliseconds. */
export function monthOf(instant: number): Month {
  const date = new Date(instant)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  return { start: Date.UTC(year, month), end: Date.UTC(year, month + 1) }
}
