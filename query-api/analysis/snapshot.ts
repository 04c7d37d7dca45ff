import { AssayError } from '@assay/core/errors'
import { requireTest } from '../apps.js'
import { LAST_INSTANT } from '../instant.js'
import type { Reads } from '../reads.js'
import { shown } from '../validate.js'

/** One arm's row of a moments snapshot: of its users alone where `event` is '', of a metric where it begins with `$`. */
export interface SnapshotRow {
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
 * minute's rows, since one that is superseded within its minute may vanish between the two looks.
 */
const sql = `
  WITH fromUnixTimestamp64Milli({asOf:Int64}, 'UTC') AS until
  SELECT * FROM (
    SELECT toUnixTimestamp64Milli(as_of) AS asOf, * EXCEPT (app, test, as_of)
    FROM moments
    WHERE app = {app:String} AND test = {test:String} AND as_of <= until AND toStartOfMinute(as_of) = (
      SELECT toStartOfMinute(as_of) FROM moments
      WHERE app = {app:String} AND test = {test:String} AND as_of <= until
      ORDER BY toStartOfMinute(as_of) DESC LIMIT 1
    )
    ORDER BY as_of DESC LIMIT 1 WITH TIES
  ) ORDER BY event, branch, phase`

/** The newest snapshot of a test, or the newest up to `asOf`. @throws AssayError `app-not-found`, `test-not-found` */
export async function readSnapshot(
  reads: Reads,
  app: string,
  test: string,
  asOf = LAST_INSTANT,
): Promise<SnapshotRow[]> {
  const rows = await reads.query<SnapshotRow>(sql, { app, test, asOf })
  if (rows.length > 0) return rows
  await requireTest(reads, app, test)
  const until = asOf === LAST_INSTANT ? 'yet; they are computed within seconds' : `at ${new Date(asOf).toISOString()}`
  throw new AssayError('test-not-found', `Expected a test that has results; ${shown(test)} has none ${until}.`)
}
