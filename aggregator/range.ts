import type { Log, LogRecord } from '@assay/core/log/log'

/** Large enough to spare the engine's per-insert cost, small enough that a repeat after a crash takes a moment. */
export const batchLimit = { records: 50_000, bytes: 16 * 1024 * 1024 }

/**
 * The records of one batch from `from` on, empty at the log's end. A batch never spans a month of `received`, because
 * the tables are partitioned by it and only a single part is all or nothing.
 */
export async function readBatch(log: Log, partition: number, from: number, to = Infinity): Promise<LogRecord[]> {
  const records = await log.read('assay.events', partition, from, batchLimit)
  const first = records[0]
  if (first === undefined) return []
  const month = monthOf(first.received)
  const end = records.findIndex((r) => r.offset > to || monthOf(r.received) !== month)
  return end === -1 ? records : records.slice(0, end)
}

function monthOf(time: number): number {
  const date = new Date(time)
  return date.getUTCFullYear() * 12 + date.getUTCMonth()
}
