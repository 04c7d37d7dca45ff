import { firstSeen } from '@assay/core/store/schema'
import type { Store } from '@assay/core/store/store'
import { difference } from './inspect.js'

/** Users of each test, first seen when and in which branch; those without an exposure only in tests without any. */
const users = `
  SELECT app, test, user_hash, ${firstSeen.time('min(first)')} AS since, ${firstSeen.branch('min(first)')} AS branch,
    ${firstSeen.inferred('min(first)')} AS inferred
  FROM exposures WHERE app != '' GROUP BY app, test, user_hash
  HAVING NOT inferred OR (app, test) NOT IN (SELECT app, test FROM bucket_rollup WHERE event = '$exposure')`

/** How many users of a branch had an event since, and the sum of its values; event '' is of all its users. */
const expected = `
  SELECT app, test, branch, '' AS event, count() AS n, 0. AS s FROM (${users}) GROUP BY ALL
  UNION ALL
  SELECT app, u.test AS test, u.branch AS branch, f.event AS event, uniqExact(user_hash) AS n, sum(f.value) AS s
  FROM facts AS f INNER JOIN (${users}) AS u USING (app, user_hash)
  WHERE f.event != '$exposure' AND f.time >= u.since GROUP BY ALL`

const found = `
  SELECT app, test, branch, event, if(event = '', users, converted) AS n, sum AS s FROM moments FINAL
  WHERE (app, test, as_of) IN (SELECT app, test, max(as_of) FROM moments GROUP BY app, test) AND n > 0`

/** Rows in which the newest snapshots differ from what the tables hold: 0 once the snapshots have caught up. */
export async function differingMoments({ compute }: Store): Promise<number> {
  const [row] = await compute.query<{ n: number }>(difference(expected, found))
  return row!.n
}
