import { firstSeen } from '@assay/core/store/schema'
import type { Store } from '@assay/core/store/store'
import { nanoid } from 'nanoid'

export interface TestName {
  app: string
  test: string
}

interface UserRow extends TestName {
  branch: string
  users: number
  crossover: number
  inferred: number
}

interface ValueRow extends TestName {
  event: string
  branch: string
  converted: number
  mean: number
  m2: number
  sum: number
}

/** Users of the due tests with the branch of their first exposure; a test without any exposure takes first events. */
const counted = `
  explicit AS (
    SELECT DISTINCT app, test FROM bucket_rollup WHERE event = '$exposure' AND (app, test) IN (SELECT app, test FROM due)
  ),
  counted AS (
    SELECT app, test, user_hash, min(first) AS f, min(low) != max(high) AS crossed
    FROM exposures WHERE (app, test) IN (SELECT app, test FROM due) GROUP BY app, test, user_hash
    HAVING NOT ${firstSeen.inferred('f')} OR (app, test) NOT IN (SELECT app, test FROM explicit)
  )`

const usersSql = `
  WITH ${counted}
  SELECT app, test, ${firstSeen.branch('f')} AS branch, count() AS users, countIf(crossed) AS crossover,
    max(${firstSeen.inferred('f')}) AS inferred
  FROM counted GROUP BY app, test, branch`

/** Per user the sum of values from the exposure on, then per branch the moments of those sums. */
const valuesSql = `
  WITH ${counted}
  SELECT app, test, event, branch, count() AS converted, avg(total) AS mean, varPopStable(total) * count() AS m2, sum(total) AS sum
  FROM (
    SELECT c.app AS app, c.test AS test, facts.event AS event, any(${firstSeen.branch('c.f')}) AS branch, sum(facts.value) AS total
    FROM facts INNER JOIN counted AS c ON facts.app = c.app AND facts.user_hash = c.user_hash
    WHERE facts.app IN (SELECT app FROM due) AND facts.event != '$exposure' AND facts.time >= ${firstSeen.time('c.f')}
    GROUP BY c.app, c.test, facts.event, c.user_hash
  )
  GROUP BY app, test, event, branch`

/**
 * Computes the moments of these tests from their users' facts and keeps them as a snapshot taken at `asOf`.
 * @returns users per test, in the order asked
 */
export async function snapshot(store: Store, tests: readonly TestName[], asOf: number): Promise<number[]> {
  await store.compute.command('TRUNCATE TABLE due')
  await store.compute.insertLines('due', [ndjson(tests)], nanoid())
  const users = await store.compute.query<UserRow>(usersSql)
  const values = await store.compute.query<ValueRow>(valuesSql)
  const rows = tests.flatMap((t) => momentsOf(users.filter(of(t)), values.filter(of(t)), asOf))
  if (rows.length > 0) await store.compute.insertLines('moments', [ndjson(rows)], nanoid())
  return tests.map((t) => users.filter(of(t)).reduce((sum, u) => sum + u.users, 0))
}

const of = (t: TestName) => (row: TestName) => row.app === t.app && row.test === t.test

function ndjson(rows: readonly object[]): Buffer {
  return Buffer.from(`${rows.map((r) => JSON.stringify(r)).join('\n')}\n`)
}

/** A row for each branch's users, and one for each event and branch, users without the event counted as zeros. */
function momentsOf(users: UserRow[], values: ValueRow[], asOf: number) {
  const events = [...new Set(values.map((v) => v.event))]
  return users.flatMap((u) => {
    const { app, test, branch } = u
    const row = { app, test, as_of: asOf, branch, users: u.users, crossover: u.crossover, inferred: u.inferred }
    const none = { converted: 0, mean: 0, m2: 0, sum: 0 }
    const byEvent = events.map((event) => {
      const found = values.find((v) => v.event === event && v.branch === branch)
      return { ...row, event, ...(found === undefined ? none : withZeros(found, u.users)) }
    })
    return [{ ...row, event: '', ...none }, ...byEvent]
  })
}

/** Merges `users - converted` zeros into the moments of those who had the event (Chan, Golub, LeVeque 1979, eq. 2.1). */
function withZeros({ converted, mean, m2, sum }: ValueRow, users: number) {
  const share = converted / users
  return { converted, mean: mean * share, m2: m2 + mean * mean * converted * (1 - share), sum }
}
