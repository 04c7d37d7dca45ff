import { AssayError } from '@assay/core/errors'
import { requireTest } from '../apps.js'
import { LAST_INSTANT } from '../instant.js'
import type { Reads } from '../reads.js'
import { shown } from '../validate.js'

/** One arm's row of a moments snapshot: of its users alone where `event` is '', of a metric where it begins with `$`. */
export interface SnapshotRow {
  /** Unix milliseconds: up to when this was the last word, though nothing may have happened to the test for long. */
  asOf: number
  event: string
  phase: number
  branch: string
  users: number
  converted: number
  mean: number
  m2: number
  sum: number
  crossover: number
  identified: number
  differing: number
  shared: number
  inferred: number
  means: number[]
  comoments: number[]
  steps: number[]
  ranks: number[]
  cap: number | null
}

/**
 * The minute is found at the end of the table's order, however long the history. The snapshot is then chosen among the
 * minute's rows, since one that is superseded within its minute may vanish between the two looks. That of the app, which
 * says that the others are as good as new, is looked up first of all.
 */
const sql = (rows: string) => `
  WITH fromUnixTimestamp64Milli({asOf:Int64}, 'UTC') AS until,
  (
    SELECT as_of FROM moments
    WHERE app = {app:String} AND test = '' AND as_of <= fromUnixTimestamp64Milli({asOf:Int64}, 'UTC')
    ORDER BY toStartOfMinute(as_of) DESC, as_of DESC LIMIT 1
  ) AS app_as_of
  SELECT greatest(known, toUnixTimestamp64Milli(ifNull(app_as_of, toDateTime64(0, 3, 'UTC')))) AS asOf, * EXCEPT (known) FROM (
    SELECT toUnixTimestamp64Milli(as_of) AS known, * EXCEPT (app, test, as_of)
    FROM moments
    WHERE app = {app:String} AND test = {test:String} AND as_of <= until AND ${rows} AND toStartOfMinute(as_of) = (
      SELECT toStartOfMinute(as_of) FROM moments
      WHERE app = {app:String} AND test = {test:String} AND as_of <= until
      ORDER BY toStartOfMinute(as_of) DESC LIMIT 1
    )
    ORDER BY known DESC LIMIT 1 WITH TIES
  ) ORDER BY event, branch, phase`

/** How many users each branch had by the newest snapshot of a test up to `asOf`; no rows where there is none. */
export const readUsers = (reads: Reads, app: string, test: string, asOf: number): Promise<SnapshotRow[]> =>
  reads.query<SnapshotRow>(sql("event = ''"), { app, test, asOf })

/**
 * The newest snapshot of a test, or the newest up to `asOf`; `otherwise` where there is none, unless that is empty.
 * @throws AssayError `app-not-found`, `test-not-found`
 */
export async function readSnapshot(
  reads: Reads,
  app: string,
  test: string,
  asOf = LAST_INSTANT,
  otherwise: SnapshotRow[] = [],
): Promise<SnapshotRow[]> {
  const rows = await reads.query<SnapshotRow>(sql('true'), { app, test, asOf })
  if (rows.length > 0) return rows
  if (otherwise.length > 0) return otherwise
  await requireTest(reads, app, test)
  const until = asOf === LAST_INSTANT ? 'yet; they are computed within seconds' : `at ${new Date(asOf).toISOString()}`
  throw new AssayError('test-not-found', `Expected a test that has results; ${shown(test)} has none ${until}.`)
}
