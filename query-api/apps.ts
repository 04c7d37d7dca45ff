import type { Definitions } from '@assay/core/control/definitions'
import { AssayError } from '@assay/core/errors'
import type { Reads } from './reads.js'
import { shown } from './validate.js'

interface AppRow {
  app: string
  tests: number
  first: number
  last: number
}

/** All apps, or one alone. Times are of quarter-hour cells: `lastSeen` is the start of the last one. */
export async function listApps(reads: Reads, only: string | null) {
  const [which, params] = only === null ? ["app != ''", {}] : ['app = {only:String}', { only }]
  const rows = await reads.query<AppRow>(
    `SELECT app, uniqExactIf(test, test != '') AS tests, toUnixTimestamp(min(cell)) AS first, toUnixTimestamp(max(cell)) AS last
     FROM bucket_rollup WHERE ${which} GROUP BY app ORDER BY app`,
    params,
  )
  // Not from the rollup, where an event stands once for each of its tests.
  const counts = await reads.query<{ app: string; events: number }>(
    `SELECT app, count() AS events FROM facts WHERE ${which} GROUP BY app`,
    params,
  )
  const events = new Map(counts.map((c) => [c.app, c.events]))
  return {
    apps: rows.map(({ app, tests, first, last }) => ({
      app,
      events: events.get(app) ?? 0,
      tests,
      ...seen(first, last),
    })),
  }
}

interface TestRow {
  test: string
  branches: string[]
  events: string[]
  first: number
  last: number
}

/** Those that events name, and those that are defined. @throws AssayError `app-not-found` */
export async function listTests(reads: Reads, definitions: Definitions, app: string) {
  const rows = await reads.query<TestRow>(
    `SELECT test, arraySort(groupUniqArray(branch)) AS branches, arraySort(groupUniqArray(event)) AS events,
       toUnixTimestamp(min(cell)) AS first, toUnixTimestamp(max(cell)) AS last
     FROM bucket_rollup WHERE app = {app:String} AND test != '' GROUP BY test ORDER BY test`,
    { app },
  )
  if (rows.length === 0 && !definitions.has(app)) await requireApp(reads, app)
  const users = await usersByTest(reads, app)
  const known = new Map(rows.map((row) => [row.test, row]))
  const ids = [...new Set([...known.keys(), ...definitions.tests(app).keys()])].sort()
  const tests = ids.map((testId) => {
    const { branches = [], events = [], first, last } = known.get(testId) ?? {}
    const defined = describeDefined(definitions, app, testId)
    return {
      testId,
      events,
      users: users.get(testId) ?? 0,
      ...(first !== undefined && last !== undefined && seen(first, last)),
      ...defined,
      branches: [...new Set([...defined.branches, ...branches])],
    }
  })
  return { app, tests }
}

function describeDefined(definitions: Definitions, app: string, testId: string) {
  const test = definitions.test(app, testId)
  if (!test) return { branches: [] }
  const { stage, version, definition } = test
  const current = definitions.currentTest(app) === testId ? (true as const) : undefined
  return { stage, version, current, branches: definition.branches.map((branch) => branch.name) }
}

/** @throws AssayError `app-not-found` */
export async function requireApp(reads: Reads, app: string): Promise<void> {
  const found = await reads.query('SELECT 1 FROM bucket_rollup WHERE app = {app:String} LIMIT 1', { app })
  if (found.length > 0) return
  throw new AssayError('app-not-found', `Expected an app that has sent events; ${shown(app)} came.`)
}

/** @throws AssayError `app-not-found`, `test-not-found` */
export async function requireTest(reads: Reads, app: string, test: string): Promise<void> {
  const sql = 'SELECT 1 FROM bucket_rollup WHERE app = {app:String} AND test = {test:String} LIMIT 1'
  if ((await reads.query(sql, { app, test })).length > 0) return
  await requireApp(reads, app)
  throw new AssayError('test-not-found', `Expected a test of ${shown(app)} that events name; ${shown(test)} came.`)
}

async function usersByTest(reads: Reads, app: string): Promise<Map<string, number>> {
  const rows = await reads.query<{ test: string; latest: number }>(
    `SELECT test, argMax(total, as_of) AS latest FROM (
       SELECT test, as_of, sum(users) AS total FROM moments WHERE app = {app:String} AND event = '' GROUP BY test, as_of
     ) GROUP BY test`,
    { app },
  )
  return new Map(rows.map((r) => [r.test, r.latest]))
}

function seen(first: number, last: number) {
  return { firstSeen: new Date(first * 1000).toISOString(), lastSeen: new Date(last * 1000).toISOString() }
}
