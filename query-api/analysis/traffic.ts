import type { Reads } from '../reads.js'
import type { SnapshotRow } from './snapshot.js'

const DAY = 86_400_000

/** The newest snapshot that is at least a day, or else an hour, older than another. */
const sql = `
  SELECT toUnixTimestamp64Milli(as_of) AS asOf, sum(users) AS users FROM moments
  WHERE app = {app:String} AND test = {test:String} AND event = ''
    AND as_of <= fromUnixTimestamp64Milli({until:Int64}, 'UTC')
    AND as_of > fromUnixTimestamp64Milli({after:Int64}, 'UTC')
  GROUP BY as_of ORDER BY as_of DESC LIMIT 1`

/** New users a day of a test at the time of a snapshot; null where it is too young to tell. */
export async function readTraffic(
  reads: Reads,
  app: string,
  test: string,
  rows: readonly SnapshotRow[],
): Promise<number | null> {
  const { asOf } = rows[0]!
  const users = rows.filter(({ event }) => event === '').reduce((sum, row) => sum + row.users, 0)
  for (const span of [DAY, DAY / 24]) {
    const until = asOf - span
    const [before] = await reads.query<{ asOf: number; users: number }>(sql, {
      app,
      test,
      until,
      after: until - 30 * DAY,
    })
    if (before !== undefined) return ((users - before.users) * DAY) / (asOf - before.asOf)
  }
  return null
}
