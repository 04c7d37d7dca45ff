import { AssayError } from '@assay/core/errors'
import type { Store } from '@assay/core/store/store'

/** Times are of quarter-hour cells: `lastSeen` is the start of the last one. */
export async function listApps(store: Store) {
  const rows = await store.read.query<{ app: string; tests: number; first: number; last: number }>(
    `SELECT app, uniqExactIf(test, test != '') AS tests, toUnixTimestamp(min(cell)) AS first, toUnixTimestamp(max(cell)) AS last
     FROM bucket_rollup WHERE app != '' GROUP BY app ORDER BY app`,
  )
  return { apps: rows.map(({ app, tests, first, last }) => ({ app, tests, ...seen(first, last) })) }
}

interface TestRow {
  test: string
  branches: string[]
  events: string[]
  first: number
  last: number
}

/** @throws AssayError `app-not-found` */
export async function listTests(store: Store, app: string) {
  const rows = await store.read.query<TestRow>(
    `SELECT test, arraySort(groupUniqArray(branch)) AS branches, arraySort(groupUniqArray(event)) AS events,
       toUnixTimestamp(min(cell)) AS first, toUnixTimestamp(max(cell)) AS last
     FROM bucket_rollup WHERE app = {app:String} AND test != '' GROUP BY test ORDER BY test`,
    { app },
  )
  if (rows.length === 0) await requireApp(store, app)
  const users = await usersByTest(store, app)
  const tests = rows.map(({ test, branches, events, first, last }) => {
    return { testId: test, branches, events, users: users.get(test) ?? 0, ...seen(first, last) }
  })
  return { app, tests }
}

/** @throws AssayError `app-not-found` */
export async function requireApp(store: Store, app: string): Promise<void> {
  const found = await store.read.query('SELECT 1 FROM bucket_rollup WHERE app = {app:String} LIMIT 1', { app })
  if (found.length === 0)
    throw new AssayError('app-not-found', `Expected an app that has sent events; got ${JSON.stringify(app)}.`)
}

async function usersByTest(store: Store, app: string): Promise<Map<string, number>> {
  const rows = await store.read.query<{ test: string; users: number }>(
    `SELECT test, sum(latest) AS users FROM (
       SELECT test, branch, argMax(users, as_of) AS latest FROM moments WHERE app = {app:String} AND event = '' GROUP BY test, branch
     ) GROUP BY test`,
    { app },
  )
  return new Map(rows.map((r) => [r.test, r.users]))
}

function seen(first: number, last: number) {
  return { firstSeen: new Date(first * 1000).toISOString(), lastSeen: new Date(last * 1000).toISOString() }
}
