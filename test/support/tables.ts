import type { Store } from '@assay/core/store/store'

/** Everything the tables hold of real events, in a form two of which are equal exactly when the tables agree. */
export async function contents(store: Store) {
  const rows = (sql: string) => store.read.query<Record<string, unknown>>(sql)
  return {
    events: await rows(
      "SELECT app, user, event, count() AS n, sum(value) AS sum FROM events WHERE app != '' GROUP BY ALL ORDER BY ALL",
    ),
    buckets: await rows(
      `SELECT app, test, branch, event, cell, sum(n) AS n, sum(sum) AS sum, min(min) AS min, max(max) AS max,
         uniqCombined64Merge(users) AS users, toString(sumMap(histogram)) AS histogram
       FROM bucket_rollup WHERE app != '' GROUP BY app, test, branch, event, cell ORDER BY ALL`,
    ),
    exposures: await rows(
      `SELECT app, test, user_hash, min(first) AS first, min(low) AS low, max(high) AS high
       FROM exposures WHERE app != '' GROUP BY app, test, user_hash ORDER BY ALL`,
    ),
    facts: await rows(
      "SELECT app, event, user_hash, count() AS n, sum(value) AS sum FROM facts WHERE app != '' GROUP BY ALL ORDER BY ALL",
    ),
    aliases: await rows(
      "SELECT app, alias, min(first) AS first, min(low) AS low, max(high) AS high FROM aliases WHERE app != '' GROUP BY app, alias ORDER BY ALL",
    ),
    imports: await rows(
      "SELECT app, digest, groupBitmapMerge(rows) AS rows FROM imports WHERE app != '' GROUP BY app, digest ORDER BY ALL",
    ),
  }
}
