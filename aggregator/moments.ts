import { firstSeen } from '@assay/core/store/schema'
import type { Store } from '@assay/core/store/store'
import { nanoid } from 'nanoid'

export interface TestName {
  app: string
  test: string
}

interface UserRow {
  /** The test's place among those asked for. */
  n: number
  branch: string
  users: number
  crossover: number
  inferred: number
}

interface ValueRow {
  n: number
  event: string
  branch: string
  converted: number
  mean: number
  m2: number
  sum: number
}

const ofDue = '(app, test) IN (SELECT app, test FROM due)'

/** Users of the due tests with the branch of their first exposure; a test without any exposure takes first events. */
const count = `
  INSERT INTO counted
  SELECT n, user_hash, ${firstSeen.branch('f')}, ${firstSeen.time('f')}, ${firstSeen.inferred('f')}, crossed
  FROM (
    SELECT app, test, user_hash, min(first) AS f, min(low) != max(high) AS crossed
    FROM exposures WHERE ${ofDue} GROUP BY app, test, user_hash
  ) AS e INNER JOIN due USING (app, test)
  WHERE NOT ${firstSeen.inferred('f')}
    OR (app, test) NOT IN (SELECT app, test FROM bucket_rollup WHERE event = '$exposure' AND ${ofDue})`

const usersSql = `
  SELECT n, branch, count() AS users, countIf(crossed) AS crossover, max(inferred) AS inferred
  FROM counted GROUP BY n, branch`

/** Per user the sum of values from the exposure on, then per branch the moments of those sums. */
const valuesSql = `
  SELECT n, event, branch, count() AS converted, avg(total) AS mean, varPopStable(total) * count() AS m2, sum(total) AS sum
  FROM (
    SELECT c.n AS n, facts.event AS event, any(c.branch) AS branch, sum(facts.value) AS total
    FROM facts INNER JOIN counted AS c ON facts.user_hash = c.user_hash
    WHERE facts.app IN (SELECT app FROM due) AND facts.event != '$exposure' AND facts.time >= c.since
    GROUP BY n, event, c.user_hash
  )
  GROUP BY n, event, branch`

/**
 * Computes the moments of these tests from their users' facts and keeps them as a snapshot taken at `asOf`.
 * @returns users per test, in the order asked
 */
export async function snapshot({ compute }: Store, tests: readonly TestName[], asOf: number): Promise<number[]> {
  await compute.command('TRUNCATE TABLE due')
  await compute.command('TRUNCATE TABLE counted')
  await compute.insertLines('due', [ndjson(tests.map((t, n) => ({ n, ...t })))], nanoid())
  await compute.command(count)
  const users = await compute.query<UserRow>(usersSql)
  const values = await compute.query<ValueRow>(valuesSql)
  const of = (n: number) => (row: { n: number }) => row.n === n
  const rows = tests.flatMap((test, n) => momentsOf(test, users.filter(of(n)), values.filter(of(n)), asOf))
  if (rows.length > 0) await compute.insertLines('moments', [ndjson(rows)], nanoid())
  return tests.map((_, n) => users.filter(of(n)).reduce((sum, u) => sum + u.users, 0))
}

function ndjson(rows: readonly object[]): Buffer {
  return Buffer.from(`${rows.map((r) => JSON.stringify(r)).join('\n')}\n`)
}

/** A row for each branch's users, and one for each event and branch, users without the event counted as zeros. */
function momentsOf({ app, test }: TestName, users: UserRow[], values: ValueRow[], asOf: number) {
  const events = [...new Set(values.map((v) => v.event))]
  return users.flatMap(({ n: _, ...u }) => {
    const row = { app, test, as_of: asOf, ...u }
    const none = { converted: 0, mean: 0, m2: 0, sum: 0 }
    const byEvent = events.map((event) => {
      const found = values.find((v) => v.event === event && v.branch === u.branch)
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
