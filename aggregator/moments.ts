import { ndjson } from '@assay/core/store/ndjson'
import { firstSeen } from '@assay/core/store/schema'
import { quote } from '@assay/core/store/sql'
import type { Lane, Store } from '@assay/core/store/store'
import { nanoid } from 'nanoid'
import { plain, type Scratch } from './scratch.js'

/** How far a snapshot goes: for each partition the first offset not in it. */
export type Positions = readonly number[]

interface UserRow {
  arm: string
  test: string
  branch: string
  users: number
  crossover: number
  inferred: number
}

interface ValueRow {
  arm: string
  event: string
  converted: number
  mean: number
  m2: number
  sum: number
}

/** Users of the app's tests with the branch of their first exposure; a test without any exposure takes first events. */
const count = (app: string, { counted }: Scratch) => `
  INSERT INTO ${counted}
  SELECT cityHash64(test, user_hash, f), user_hash, ${firstSeen.time('f')}, cityHash64(test, ${firstSeen.branch('f')} AS b),
    test, b, ${firstSeen.inferred('f')} AS inferred, crossed
  FROM (
    SELECT test, user_hash, first AS f, low != high AS crossed FROM exposures FINAL WHERE app = ${app}
  )
  WHERE NOT inferred OR test NOT IN (SELECT test FROM bucket_rollup WHERE app = ${app} AND event = '$exposure')`

const welcome = (app: string, { counted, newcomers, totals }: Scratch) => `
  INSERT INTO ${newcomers}
  SELECT * FROM ${counted} WHERE key NOT IN (SELECT key FROM ${totals} WHERE app = ${app} AND event = '')`

const makeKnown = (app: string, { newcomers, totals }: Scratch) =>
  `INSERT INTO ${totals} SELECT ${app}, '', key, arm, 0 FROM ${newcomers}`

/** Adds up what these users did from their exposure on, as far as it was logged between two positions. */
const fold = (app: string, { totals }: Scratch, users: string, from: Positions, to: Positions) => `
  INSERT INTO ${totals}
  SELECT ${app}, facts.event, u.key, any(u.arm), sum(facts.value)
  FROM facts INNER JOIN ${users} AS u ON facts.user_hash = u.user_hash
  WHERE facts.app = ${app} AND facts.event != '$exposure' AND (${logged(from, to)})
    AND facts.time >= u.since AND facts.time >= (SELECT min(since) FROM ${users})
  GROUP BY facts.event, u.key`

function logged(from: Positions, to: Positions): string {
  return to.map((end, p) => `partition = ${p} AND offset >= ${from[p] ?? 0} AND offset < ${end}`).join(' OR ')
}

const usersSql = ({ counted }: Scratch) => `
  SELECT toString(arm) AS arm, any(test) AS test, any(branch) AS branch, count() AS users, countIf(crossed) AS crossover,
    max(inferred) AS inferred
  FROM ${counted} GROUP BY arm`

/** Moments of the users' totals. A key that is counted no more had its first exposure replaced by an earlier one. */
const valuesSql = (app: string, { counted, totals }: Scratch) => `
  SELECT toString(arm) AS arm, event, count() AS converted, avg(total) AS mean, varPopStable(total) * count() AS m2,
    sum(total) AS sum
  FROM ${totals} FINAL WHERE app = ${app} AND event != '' AND key IN (SELECT key FROM ${counted})
  GROUP BY arm, event`

/** Keeps the moments of one app's tests up to date. */
export class Moments {
  readonly #compute: Lane
  readonly #scratch: Scratch
  readonly #app: string
  /** What `totals` holds; null when that is not known. */
  #folded: Positions | null = null

  constructor({ compute }: Store, app: string, scratch: Scratch = plain) {
    this.#compute = compute
    this.#scratch = scratch
    this.#app = app
  }

  /** Computes the moments of all that was logged before these positions, and keeps them as a snapshot taken at `asOf`. */
  async snapshot(to: Positions, asOf: number): Promise<void> {
    const compute = this.#compute
    const app = quote(this.#app)
    await this.#fold(app, to)
    const users = await compute.query<UserRow>(usersSql(this.#scratch))
    const values = await compute.query<ValueRow>(valuesSql(app, this.#scratch))
    const rows = momentsOf(users, values).map((row) => ({ app: this.#app, as_of: asOf, ...row }))
    if (rows.length > 0) await compute.insertLines('moments', [ndjson(rows)], nanoid())
  }

  async #fold(app: string, to: Positions): Promise<void> {
    const compute = this.#compute
    const scratch = this.#scratch
    const { counted, newcomers, totals } = scratch
    const from = this.#folded ?? to.map(() => 0)
    if (this.#folded === null) await compute.command(`ALTER TABLE ${totals} DROP PARTITION ${app}`)
    // Known again only when every step was done.
    this.#folded = null
    for (const table of [counted, newcomers]) await compute.command(`TRUNCATE TABLE ${table}`)
    await compute.command(count(app, scratch))
    await compute.command(welcome(app, scratch))
    await compute.command(fold(app, scratch, counted, from, to))
    if (from.some((offset) => offset > 0)) await compute.command(fold(app, scratch, newcomers, [], from))
    await compute.command(makeKnown(app, scratch))
    this.#folded = to
  }
}

/** A row for the users of each arm, and one for each arm and event of its test, users without the event counted as zeros. */
function momentsOf(users: readonly UserRow[], values: readonly ValueRow[]) {
  const found = new Map(values.map((v) => [`${v.arm} ${v.event}`, v]))
  const tests = new Map(users.map((u) => [u.arm, u.test]))
  const events = new Map(users.map((u) => [u.test, new Set<string>()]))
  for (const v of values) events.get(tests.get(v.arm)!)!.add(v.event)
  const none = { converted: 0, mean: 0, m2: 0, sum: 0 }
  return users.flatMap(({ arm, ...row }) => {
    const byEvent = [...events.get(row.test)!].map((event) => {
      const value = found.get(`${arm} ${event}`)
      return { ...row, event, ...(value === undefined ? none : withZeros(value, row.users)) }
    })
    return [{ ...row, event: '', ...none }, ...byEvent]
  })
}

/** Merges `users - converted` zeros into the moments of those who had the event (Chan, Golub, LeVeque 1979, eq. 2.1). */
function withZeros({ converted, mean, m2, sum }: ValueRow, users: number) {
  const share = converted / users
  return { converted, mean: mean * share, m2: m2 + mean * mean * converted * (1 - share), sum }
}
