import type { Log, LogRecord } from '@assay/core/log/log'

/** Large enough to spare the engine's per-insert cost, small enough that a repeat after a crash takes a second. */
export const batchLimit = { records: 100_000, bytes: 32 * 1024 * 1024 }

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
  const month = monthOf(first)
  const end = records.findIndex((r) => r.offset > to || monthOf(r) !== month)
  return end === -1 ? records : records.slice(0, end)
}

export function monthOf({ received }: LogRecord): number {
  const date = new Date(received)
  return date.getUTCFullYear() * 12 + date.getUTCMonth()
}
