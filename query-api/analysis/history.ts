import { AssayError } from '@assay/core/errors'
import type { Reads } from '../reads.js'
import type { SnapshotRow } from './snapshot.js'

/** Rows that are read at the most: tests of many phases have many. */
const MAX_ROWS = 100_000

/**
 * The last minute of each bucket that has a snapshot, and the last one before them all; as `snapshot.ts` does, by the
 * minute, since a snapshot that is superseded within its minute may vanish between two looks.
 */
const minutes = `
  SELECT toStartOfMinute(max(as_of)) FROM moments
  WHERE app = {app:String} AND test = {test:String} AND as_of > first AND as_of <= until
  GROUP BY roundDown(toUnixTimestamp64Milli(as_of) - 1, {starts:Array(Int64)})
  UNION ALL
  SELECT minute FROM (
    SELECT toStartOfMinute(as_of) AS minute FROM moments
    WHERE app = {app:String} AND test = {test:String} AND as_of <= first
    ORDER BY toStartOfMinute(as_of) DESC LIMIT 1
  )`

const sql = `
  WITH fromUnixTimestamp64Milli({first:Int64}, 'UTC') AS first, fromUnixTimestamp64Milli({until:Int64}, 'UTC') AS until
  SELECT toUnixTimestamp64Milli(as_of) AS asOf, * EXCEPT (app, test, as_of)
  FROM moments
  WHERE app = {app:String} AND test = {test:String} AND as_of <= until AND event IN {events:Array(String)}
    AND toStartOfMinute(as_of) IN (${minutes})
  ORDER BY as_of, event, branch, phase LIMIT {limit:UInt32}`

/**
 * Of these events, all rows of snapshots that were the last at or before the end of a bucket, and of some others, oldest
 * first. `edges` are the buckets' starts, then the end of the last, in Unix milliseconds.
 * @throws AssayError `query-invalid` for too many rows
 */
export async function readHistory(
  reads: Reads,
  app: string,
  test: string,
  events: readonly string[],
  edges: readonly number[],
): Promise<SnapshotRow[]> {
  const [starts, first, until] = [edges.slice(0, -1), edges[0]!, edges.at(-1)!]
  const asked = { app, test, events, starts, first, until, limit: MAX_ROWS + 1 }
  const rows = await reads.query<SnapshotRow>(sql, asked)
  if (rows.length <= MAX_ROWS) return rows
  const detail = `from, to, bucket: expected at most ${MAX_ROWS} rows of snapshots; more came of them. Take longer buckets.`
  throw new AssayError('query-invalid', detail)
}

export interface LastOfBucket {
  /** The bucket's, Unix milliseconds. */
  start: number
  rows: readonly SnapshotRow[]
}

/** Each bucket's last snapshot at or before its end, which may be of long before; nothing before the first snapshot. */
export function lastOfEach(rows: readonly SnapshotRow[], edges: readonly number[]): LastOfBucket[] {
  const snapshots = snapshotsOf(rows)
  let next = 0
  return edges.slice(0, -1).flatMap((start, i) => {
    while (next < snapshots.length && snapshots[next]![0]!.asOf <= edges[i + 1]!) next++
    return next === 0 ? [] : [{ start, rows: snapshots[next - 1]! }]
  })
}

/** Rows in order of time, apart by it. */
function snapshotsOf(rows: readonly SnapshotRow[]): SnapshotRow[][] {
  const snapshots: SnapshotRow[][] = []
  for (const row of rows) {
    const last = snapshots.at(-1)
    if (last !== undefined && last[0]!.asOf === row.asOf) last.push(row)
    else snapshots.push([row])
  }
  return snapshots
}
