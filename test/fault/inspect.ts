import { firstSeen } from '@assay/core/store/schema'
import type { Store } from '@assay/core/store/store'

export interface Inspection {
  /** Each id in `events`, and how often it is there. */
  ids: [string, number][]
  /** Rows by table that differ from what `events` says. */
  differing: Record<string, number>
}

const pairs: Record<string, [string, string]> = {
  bucket_rollup: [
    `SELECT app, test, substringIndex(b, '@', 1) AS branch, event, toStartOfInterval(time, INTERVAL 15 MINUTE) AS cell, count() AS n, sum(value) AS s, min(value) AS lo, max(value) AS hi
     FROM events LEFT ARRAY JOIN mapKeys(tests) AS test, mapValues(tests) AS b WHERE app != '' GROUP BY ALL`,
    `SELECT app, test, branch, event, cell, sum(n) AS n, sum(sum) AS s, min(min) AS lo, max(max) AS hi
     FROM bucket_rollup WHERE app != '' GROUP BY app, test, branch, event, cell`,
  ],
  exposures: [
    `SELECT app, test, cityHash64(app, user) AS user_hash, (min((event != '$exposure', time, offset, b)) AS m).1 AS inferred,
       m.2 AS since, m.4 AS branch, uniqExact(b) > 1 AS crossed
     FROM events ARRAY JOIN mapKeys(tests) AS test, mapValues(tests) AS b WHERE app != '' GROUP BY app, test, user_hash`,
    `SELECT app, test, user_hash, ${firstSeen.inferred('min(first)')} AS inferred, ${firstSeen.time('min(first)')} AS since,
       ${firstSeen.branch('min(first)')} AS branch, min(low) != max(high) AS crossed
     FROM exposures WHERE app != '' GROUP BY app, test, user_hash`,
  ],
  facts: [
    "SELECT app, event, cityHash64(app, user) AS user_hash, time, value, count() AS n FROM events WHERE app != '' GROUP BY ALL",
    "SELECT app, event, user_hash, time, value, count() AS n FROM facts WHERE app != '' GROUP BY ALL",
  ],
}

/** What a store holds, and where a rollup differs from `events`. */
export async function inspect(store: Store): Promise<Inspection> {
  const ids = await store.compute.query<{ id: string; n: number }>(
    "SELECT id, count() AS n FROM events WHERE app != '' GROUP BY id",
  )
  return { ids: ids.map((r) => [r.id, r.n]), differing: await differing(store) }
}

/** Rows by table that differ from what `events` says. */
export async function differing({ compute }: Store): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const [table, [expected, found]] of Object.entries(pairs)) {
    const [row] = await compute.query<{ n: number }>(
      `SELECT count() AS n FROM ((${expected}) EXCEPT (${found}) UNION ALL (${found}) EXCEPT (${expected}))`,
    )
    counts[table] = row!.n
  }
  return counts
}
