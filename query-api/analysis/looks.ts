import type { Reads } from '../reads.js'
import { plannedIn, usersIn } from './planned.js'
import { readSnapshot, type SnapshotRow } from './snapshot.js'
import type { Subject } from './subject.js'

/** A planned look that was taken. */
export interface Look {
  /** Share of the planned users that was in. */
  information: number
  rows: readonly SnapshotRow[]
}

const MINUTE = 60_000

/** For each threshold the minute in which so many users were first counted; the history keeps one snapshot a minute. */
const sql = `
  WITH arraySort(groupArray((toUnixTimestamp64Milli(minute), total))) AS growth
  SELECT arrayMap(threshold -> arrayFirst(look -> look.2 >= threshold, growth).1, {thresholds:Array(Float64)}) AS minutes
  FROM (
    SELECT toDateTime64(toStartOfMinute(at), 3, 'UTC') AS minute, argMax(users, at) AS total
    FROM (
      SELECT as_of AS at, sum(m.users) AS users FROM moments AS m
      WHERE app = {app:String} AND test = {test:String} AND event = ''
        AND as_of <= fromUnixTimestamp64Milli({until:Int64}, 'UTC')
      GROUP BY at
    ) GROUP BY minute
  )`

/** The looks that a group-sequential decision has had up to a snapshot, each at the end of the minute in which it fell due. */
export async function readLooks(
  reads: Reads,
  { app, testId: test, decision }: Subject,
  rows: readonly SnapshotRow[],
): Promise<Look[]> {
  if (decision.method !== 'group-sequential') return []
  const { looks = 5 } = decision
  const planned = plannedIn(decision, rows)
  const until = rows[0]!.asOf
  const thresholds = Array.from({ length: looks }, (_, i) => (planned * (i + 1)) / looks)
  const [found] = await reads.query<{ minutes: number[] }>(sql, { app, test, until, thresholds })
  const taken = [...new Set(found?.minutes.filter((minute) => minute > 0 && minute + MINUTE <= until))]
  return Promise.all(
    taken.map(async (minute) => {
      const then = await readSnapshot(reads, app, test, minute + MINUTE - 1)
      return { information: usersIn(then) / planned, rows: then }
    }),
  )
}
