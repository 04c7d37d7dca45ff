import type { Measure } from '@assay/core/definition/measure'
import { filterSql } from '@assay/core/store/filter-sql'
import { quote } from '@assay/core/store/sql'
import { byPerson, ofSlice } from './people.js'
import { measuresOf, type Plan } from './plan.js'
import type { Scratch } from './scratch.js'
import type { Slice } from './slice.js'

/** How far a snapshot goes: for each partition the first offset not in it. */
export type Positions = readonly number[]

/** Users whose facts are folded, as far as these were logged between two positions. */
export interface Portion {
  app: string
  slice: Slice
  users: string
  from: Positions
  to: Positions
}

const logged = ({ from, to }: Portion) =>
  to.map((end, p) => `partition = ${p} AND offset >= ${from[p] ?? 0} AND offset < ${end}`).join(' OR ')

/** What identifies people is none of what they did. */
const DEEDS = "event NOT IN ('$exposure', '$identify')"

/** Facts of users from so many milliseconds before the first of their exposures on. */
const factsOf = (p: Portion, columns: string, lookback: number) =>
  byPerson(
    `
  SELECT ${columns} FROM facts
  WHERE app = ${p.app} AND ${DEEDS} AND ${ofSlice('user_hash', p.slice)} AND (${logged(p)})
    AND time >= (SELECT subtractMilliseconds(min(since), ${lookback}) FROM ${p.users})`,
    p.slice,
  )

const AGE = 'toUnixTimestamp64Milli(f.time) - toUnixTimestamp64Milli(u.since)'

/** Adds up, event by event, what users of tests that have no metrics of their own did from their exposure on. */
export const foldEvents = (p: Portion, { totals, measures }: Scratch) => `
  INSERT INTO ${totals}
  SELECT ${p.app}, f.event, u.key, any(u.arm), count(), sum(f.value)
  FROM (${factsOf(p, 'user_hash, event, time, value', 0)}) AS f
  INNER JOIN ${p.users} AS u ON f.user_hash = u.user_hash
  WHERE u.test NOT IN (SELECT test FROM ${measures}) AND f.time >= u.since AND f.time < u.until
  GROUP BY f.event, u.key`

/** The measures of the tests that have metrics, each event once with its name and, if asked for, once as any. */
export function foldMeasures(p: Portion, { totals, measures }: Scratch, plain: readonly Measure[]): string {
  const names = plain.some(({ event }) => event === '') ? "[event, '']" : '[event]'
  return `
  INSERT INTO ${totals}
  SELECT ${p.app}, m.measure, u.key, any(u.arm), count(), sum(f.value)
  FROM (${factsOf(p, `user_hash, arrayJoin(${names}) AS named, time, value`, lookbackOf(plain))}) AS f
  INNER JOIN ${p.users} AS u ON f.user_hash = u.user_hash
  INNER JOIN ${measures} AS m ON m.test = u.test AND m.event = f.named
  WHERE ${AGE} >= m.opens AND ${AGE} < m.closes AND f.time < u.until
  GROUP BY m.measure, u.key`
}

/** The events of a measure that asks for certain props, which facts do not have. */
const filteredOf = (p: Portion, measure: Measure) =>
  byPerson(
    `
    SELECT cityHash64(app, user) AS user_hash, time, value FROM events
    WHERE app = ${p.app} AND ${measure.event === '' ? DEEDS : `event = ${quote(measure.event)}`}
      AND (${filterSql(measure.filter!)}) AND ${ofSlice('cityHash64(app, user)', p.slice)} AND (${logged(p)})
      AND time >= (SELECT subtractMilliseconds(min(since), ${lookbackOf([measure])}) FROM ${p.users})`,
    p.slice,
  )

export const foldFiltered = (p: Portion, { totals }: Scratch, measure: Measure, tests: readonly string[]) => `
  INSERT INTO ${totals}
  SELECT ${p.app}, ${quote(measure.id)}, u.key, any(u.arm), count(), sum(f.value)
  FROM (${filteredOf(p, measure)}) AS f
  INNER JOIN ${p.users} AS u ON f.user_hash = u.user_hash
  WHERE u.test IN (${tests.map(quote)}) AND ${AGE} >= ${measure.from} AND ${AGE} < ${measure.to} AND f.time < u.until
  GROUP BY u.key`

const lookbackOf = (measures: readonly Measure[]) => Math.max(0, ...measures.map(({ from }) => -from))

/** Every statement that folds a portion. */
export function folds(p: Portion, plan: Plan, scratch: Scratch): string[] {
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
    foldEvents(p, scratch),
    ...(plain.length === 0 ? [] : [foldMeasures(p, scratch, plain)]),
    ...[...filtered.values()].map(({ measure, tests }) => foldFiltered(p, scratch, measure, tests)),
  ]
}

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
