import { quote } from '@assay/core/store/sql'
import { byPerson, ofSlice } from './people.js'
import type { Slice } from './slice.js'

/**
 * What a prop was for each user: its latest value up to their exposure, since what comes later the branch may have
 * changed; of whom none is known by then the first one after it, which `late` says; '' where there is none.
 */
export function propSql(app: string, slice: Slice, prop: string, users: string): string {
  const name = quote(prop)
  const events = `
      SELECT cityHash64(app, user) AS user_hash, time, offset, props[${name}] AS value FROM events
      WHERE app = ${app} AND mapContains(props, ${name}) AND ${ofSlice('cityHash64(app, user)', slice)}`
  return `
  SELECT u.user_hash AS user_hash, v.value AS value, v.late AS late
  FROM ${users} AS u
  ANY LEFT JOIN (
    SELECT x.user_hash AS user_hash, min(f.time > x.since) AS late,
      argMin(f.value, (f.time > x.since, abs(toUnixTimestamp64Milli(f.time) - toUnixTimestamp64Milli(x.since)), f.offset)) AS value
    FROM (${byPerson(events, slice)}) AS f INNER JOIN ${users} AS x ON f.user_hash = x.user_hash
    GROUP BY x.user_hash
  ) AS v ON u.user_hash = v.user_hash`
}

/** The users of `from` who have one of these values, each value a test of its own. */
export const splitSql = (app: string, slice: Slice, prop: string, values: readonly string[], from: string) => `
  SELECT c.* REPLACE (p.value AS test, cityHash64(c.arm, p.value) AS arm)
  FROM ${from} AS c INNER JOIN (${propSql(app, slice, prop, from)}) AS p ON c.user_hash = p.user_hash
  WHERE p.value IN (${values.map(quote)})`
