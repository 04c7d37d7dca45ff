import type { Reads } from '../reads.js'
import { usersIn } from './planned.js'
import { readUsers, type SnapshotRow } from './snapshot.js'

const DAY = 86_400_000

/** New users a day of a test at the time of a snapshot, over the last day or else hour; null where it is too young to tell. */
export async function readTraffic(
  reads: Reads,
  app: string,
  test: string,
  rows: readonly SnapshotRow[],
): Promise<number | null> {
  const { asOf } = rows[0]!
  for (const span of [DAY, DAY / 24]) {
    const before = await readUsers(reads, app, test, asOf - span)
    if (before.length > 0) return ((usersIn(rows) - usersIn(before)) * DAY) / (asOf - before[0]!.asOf)
  }
  return null
}
