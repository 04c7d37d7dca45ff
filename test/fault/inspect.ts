import type { Log } from '@assay/core/log/log'
import { columnNames, events, firstKnown, firstSeen } from '@assay/core/store/schema'
import type { Lane, Store } from '@assay/core/store/store'
import { Logged } from './logged.js'

export interface Inspection {
  /** Each id in `events`, and how often it is there. */
  ids: [string, number][]
  /** Records in the log; of them repeats, those that are no event, and rows of `events`. */
  records: number
  repeats: number
  bad: number
  stored: number
  /** Rows by table that differ from what the log says. */
  differing: Record<string, number>
}

/** What `differing` is where the tables hold what the log says. */
export const nothingDiffers = { events: 0, bucket_rollup: 0, exposures: 0, facts: 0, aliases: 0 }

/** Events worked out from the log, beside the tables that were folded from it. */
const LOGGED = 'judge.logged'

/** Of each table what it must hold if these are the events, and what it does. */
const pairs = (logged: string): Record<keyof typeof nothingDiffers, [string, string]> => ({
  events: [`SELECT ${columnNames(events)} FROM ${logged}`, `SELECT ${columnNames(events)} FROM events WHERE app != ''`],
  bucket_rollup: [
    `SELECT app, test, substringIndex(b, '@', 1) AS branch, event, toStartOfInterval(time, INTERVAL 15 MINUTE) AS cell,
       count() AS n, sum(value) AS s, min(value) AS lo, max(value) AS hi, uniqCombined64(cityHash64(user)) AS people,
       sumMap(map(toInt32(if(value = 0, 0, sign(value) * (40000 + ceil(log(abs(value)) / log(1.02))))), toUInt64(1))) AS spread
     FROM ${logged} LEFT ARRAY JOIN mapKeys(tests) AS test, mapValues(tests) AS b GROUP BY app, test, branch, event, cell`,
    `SELECT app, test, branch, event, cell, sum(n) AS n, sum(sum) AS s, min(min) AS lo, max(max) AS hi,
       uniqCombined64Merge(users) AS people, sumMap(histogram) AS spread
     FROM bucket_rollup WHERE app != '' GROUP BY app, test, branch, event, cell`,
  ],
  exposures: [
    `SELECT app, test, cityHash64(app, user) AS user_hash, (min((event != '$exposure', time, offset, b)) AS m).1 AS inferred,
       m.2 AS since, m.4 AS branch, uniqExact(b) > 1 AS crossed
     FROM ${logged} ARRAY JOIN mapKeys(tests) AS test, mapValues(tests) AS b GROUP BY app, test, user_hash`,
    `SELECT app, test, user_hash, ${firstSeen.inferred('min(first)')} AS inferred, ${firstSeen.time('min(first)')} AS since,
       ${firstSeen.branch('min(first)')} AS branch, min(low) != max(high) AS crossed
     FROM exposures WHERE app != '' GROUP BY app, test, user_hash`,
  ],
  facts: [
    `SELECT app, event, cityHash64(app, user) AS user_hash, time, value, partition, offset FROM ${logged}`,
    "SELECT app, event, user_hash, time, value, partition, offset FROM facts WHERE app != ''",
  ],
  aliases: [
    `SELECT app, cityHash64(app, user) AS alias, (min((time, offset, cityHash64(app, props['user']))) AS m).3 AS known,
       uniqExact(props['user']) > 1 AS shared
     FROM ${logged} WHERE event = '$identify' AND props['user'] NOT IN ('', user) GROUP BY app, alias`,
    `SELECT app, alias, ${firstKnown('min(first)')} AS known, min(low) != max(high) AS shared
     FROM aliases WHERE app != '' GROUP BY app, alias`,
  ],
})

/** How many rows one of the two has more often than the other. `EXCEPT` knows no number, and binds to the left. */
export const difference = (expected: string, held: string) =>
  `SELECT count() AS n FROM (
     SELECT * EXCEPT (side), sum(side) AS balance
     FROM (SELECT *, 1 AS side FROM (${expected}) UNION ALL SELECT *, -1 AS side FROM (${held}))
     GROUP BY ALL HAVING balance != 0)`

/** Rows by table that differ from what these events say. */
export async function differing(
  lane: Lane,
  logged = "(SELECT * FROM events WHERE app != '')",
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const [table, [expected, held]] of Object.entries(pairs(logged))) {
    const [row] = await lane.query<{ n: number }>(difference(expected, held))
    counts[table] = row!.n
  }
  return counts
}

/** Compares what a store holds with what is recomputed from its log. */
export class Inspector {
  readonly #store: Store
  readonly #logged: Logged

  private constructor(log: Log, store: Store) {
    this.#store = store
    this.#logged = new Logged(log)
  }

  /** @param store one that has its tables */
  static async open(log: Log, store: Store): Promise<Inspector> {
    await store.write.command('CREATE DATABASE IF NOT EXISTS judge')
    await store.write.command(
      `CREATE OR REPLACE TABLE ${LOGGED} AS events ENGINE = MergeTree ORDER BY (partition, offset)`,
    )
    return new Inspector(log, store)
  }

  /** Of everything that is in the log now. */
  async inspect(): Promise<Inspection> {
    const lines = await this.#logged.readOn()
    if (lines.length > 0) await this.#store.write.insertLines(LOGGED, [Buffer.from(lines.join(''))], '')
    const found = await this.#store.write.query<{ id: string; n: number }>(
      "SELECT id, count() AS n FROM events WHERE app != '' GROUP BY id",
    )
    const { records, repeats, bad } = this.#logged
    const stored = found.reduce((sum, { n }) => sum + n, 0)
    return {
      ids: found.map(({ id, n }) => [id, n]),
      records,
      repeats,
      bad,
      stored,
      differing: await differing(this.#store.write, LOGGED),
    }
  }
}
