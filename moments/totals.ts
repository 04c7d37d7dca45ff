import type { Measure } from '@assay/core/definition/measure'
import { filterSql } from '@assay/core/store/filter-sql'
import { quote } from '@assay/core/store/sql'
import { byPerson, idsOf, ofSlice } from './people.js'
import { measuresOf, type Plan } from './plan.js'
import { ofTests, type Slice, within } from './slice.js'
import type { Tables } from './tables.js'

/** How far a snapshot goes: for each partition the first offset not in it. */
export type Positions = readonly number[]

/** Users whose facts are folded, as far as these were logged between two positions; all there are if there is no end. */
export interface Portion {
  app: string
  slice: Slice
  users: string
  /** Whether they are so few that their facts are looked up, not searched for. */
  areFew?: boolean
  from: Positions
  to: Positions | null
  /** When the first of these users was exposed, as SQL. */
  since: string
}

export const logged = ({ from, to }: Pick<Portion, 'from' | 'to'>) =>
  to?.map((end, p) => `partition = ${p} AND offset >= ${from[p] ?? 0} AND offset < ${end}`).join(' OR ') ?? 'true'

/** What identifies people is none of what they did. */
export const DEEDS = "event NOT IN ('$exposure', '$identify', '$sent')"

/** That a fact may be of these users. */
const ofUsers = (id: string, { slice, users, areFew }: Portion) =>
  areFew ? `${id} IN (${idsOf(users, slice)})` : ofSlice(id, slice)

/** Facts of users from so many milliseconds before the first of their exposures on. */
export const factsOf = (p: Portion, columns: string, lookback: number, events = DEEDS) =>
  byPerson(
    `
  SELECT ${columns} FROM facts
  WHERE app = ${p.app} AND ${events} AND ${ofUsers('user_hash', p)} AND (${logged(p)})
    AND time >= subtractMilliseconds(${p.since}, ${lookback})`,
    p.slice,
  )

/** Milliseconds from a user's exposure to an event, as SQL. */
export const AGE = 'toUnixTimestamp64Milli(f.time) - toUnixTimestamp64Milli(u.since)'

/** Adds up, event by event, what users of tests that have no metrics of their own did from their exposure on. */
export const eventTotalsSql = (p: Portion, which = 'true') => `
  SELECT ${p.app} AS app, f.event AS event, any(u.test) AS test, u.key AS key, any(u.arm) AS arm, count() AS n, sum(f.value) AS total
  FROM (${factsOf(p, 'user_hash, event, time, value', 0)}) AS f
  INNER JOIN ${p.users} AS u ON f.user_hash = u.user_hash
  WHERE ${which} AND f.time >= u.since AND f.time < u.until
  GROUP BY f.event, u.key`

/** The measures of the tests that have metrics, each event once with its name and, if asked for, once as any. */
function foldMeasures(p: Portion, { measures }: Tables, plain: readonly Measure[]): string {
  const names = plain.some(({ event }) => event === '') ? "[event, '']" : '[event]'
  return `
  SELECT ${p.app} AS app, m.measure AS event, any(u.test) AS test, u.key AS key, any(u.arm) AS arm, count() AS n, sum(f.value) AS total
  FROM (${factsOf(p, `user_hash, arrayJoin(${names}) AS named, time, value`, lookbackOf(plain))}) AS f
  INNER JOIN ${p.users} AS u ON f.user_hash = u.user_hash
  INNER JOIN ${measures} AS m ON m.test = u.test AND m.event = f.named
  WHERE ${AGE} >= m.opens AND ${AGE} < m.closes AND f.time < u.until
  GROUP BY m.measure, u.key`
}

/** The events of a measure that asks for certain props, which facts do not have. */
export const filteredOf = (p: Portion, measure: Measure) =>
  byPerson(
    `
    SELECT cityHash64(app, user) AS user_hash, time, value FROM events
    WHERE app = ${p.app} AND ${measure.event === '' ? DEEDS : `event = ${quote(measure.event)}`}
      AND (${filterSql(measure.filter!)}) AND ${ofUsers('cityHash64(app, user)', p)} AND (${logged(p)})
      AND time >= subtractMilliseconds(${p.since}, ${lookbackOf([measure])})`,
    p.slice,
  )

const foldFiltered = (p: Portion, measure: Measure, tests: readonly string[]) => `
  SELECT ${p.app} AS app, ${quote(measure.id)} AS event, any(u.test) AS test, u.key AS key, any(u.arm) AS arm, count() AS n, sum(f.value) AS total
  FROM (${filteredOf(p, measure)}) AS f
  INNER JOIN ${p.users} AS u ON f.user_hash = u.user_hash
  WHERE u.test IN (${tests.map(quote)}) AND ${AGE} >= ${measure.from} AND ${AGE} < ${measure.to} AND f.time < u.until
  GROUP BY u.key`

export const lookbackOf = (measures: readonly Measure[]) => Math.max(0, ...measures.map(({ from }) => -from))

/** Totals of what metrics are sums of: each of these statements has some. */
function measureTotalsSql(p: Portion, plan: Plan, tables: Tables): string[] {
  const plain = plan.flatMap(measuresOf).filter(({ filter }) => filter === undefined)
  const filtered = new Map<string, { measure: Measure; tests: string[] }>()
  for (const test of plan)
    for (const measure of measuresOf(test)) {
      if (measure.filter === undefined) continue
      const known = filtered.get(measure.id)
      if (known === undefined) filtered.set(measure.id, { measure, tests: [test.test] })
      else known.tests.push(test.test)
    }
  return [
    ...(plain.length === 0 ? [] : [foldMeasures(p, tables, plain)]),
    ...[...filtered.values()].map(({ measure, tests }) => foldFiltered(p, measure, tests)),
  ]
}

/** Every statement that folds a portion. */
export function folds(p: Portion, plan: Plan, tables: Tables): string[] {
  const settings = p.areFew ? ' SETTINGS use_index_for_in_with_subqueries = 1' : ''
  const events = eventTotalsSql(p, `u.test NOT IN (SELECT test FROM ${tables.measures})`)
  const statements = [events, ...measureTotalsSql(p, plan, tables)]
  return statements.map((sql) => `INSERT INTO ${tables.totals} ${sql}${settings}`)
}

/** Moments of users' totals of each event. */
export const momentsOfTotals = (totals: string) => `
  SELECT toString(arm) AS arm, event, count() AS converted, avg(total) AS mean, varPopStable(total) * count() AS m2,
    sum(total) AS sum
  FROM ${totals} GROUP BY arm, event`

/** The same of what was folded. A key that is counted no more had its first exposure replaced by an earlier one. */
export const valuesSql = (app: string, slice: Slice, { totals, counted }: Tables) =>
  momentsOfTotals(`(
    SELECT arm, event, total FROM ${totals} FINAL
    WHERE app = ${app} AND event != '' AND NOT startsWith(event, '$') AND ${ofTests(slice.tests)}
      AND ${within('key', slice)} AND key IN (SELECT key FROM ${counted})
  )`)

/** The rows of `measures` that a plan has: tests with metrics of their own, whatever these are made of. */
export const measureRows = (plan: Plan) =>
  plan
    .filter(({ metrics }) => metrics.length > 0)
    .flatMap((test) => {
      const plain = measuresOf(test).filter(({ filter }) => filter === undefined)
      // Of a test whose metrics need none, a row that no event fits says that it has some.
      const all = plain.length > 0 ? plain : [{ event: '$none', id: '', from: 0, to: 0 }]
      return all.map(({ event, id, from, to }) => ({ test: test.test, event, measure: id, opens: from, closes: to }))
    })
