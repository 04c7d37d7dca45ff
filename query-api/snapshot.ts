import { AssayError } from '@assay/core/errors'
import type { Store } from '@assay/core/store/store'
import { requireApp } from './apps.js'

/** One branch's row of a moments snapshot; `event` is '' where it counts the users alone. */
export interface SnapshotRow {
  asOf: number
  event: string
  branch: string
  users: number
  converted: number
  mean: number
  m2: number
  sum: number
  crossover: number
  inferred: number
}

/** The newest snapshot of a test, or the newest up to `asOf`. @throws AssayError `app-not-found`, `test-not-found` */
export async function readSnapshot(store: Store, app: string, test: string, asOf = 4e12): Promise<SnapshotRow[]> {
  const rows = await store.read.query<SnapshotRow>(
    `SELECT toUnixTimestamp64Milli(as_of) AS asOf, event, branch, users, converted, mean, m2, sum, crossover, inferred
     FROM moments WHERE app = {app:String} AND test = {test:String} AND as_of = (
       SELECT max(as_of) FROM moments
       WHERE app = {app:String} AND test = {test:String} AND as_of <= fromUnixTimestamp64Milli({asOf:Int64})
     ) ORDER BY event, branch`,
    { app, test, asOf },
  )
  if (rows.length > 0) return rows
  await requireApp(store, app)
  throw new AssayError(
    'test-not-found',
    `Expected a test of ${JSON.stringify(app)} that has results at that time; got ${JSON.stringify(test)}.`,
  )
}
