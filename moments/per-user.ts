import { type Measure, OPEN } from '@assay/core/definition/measure'
import { quote } from '@assay/core/store/sql'
import { isWindowed, type Question } from './metrics.js'
import { within } from './slice.js'
import { AGE, DEEDS, factsOf, filteredOf, lookbackOf } from './totals.js'

/**
 * SQL of a row for each user who did anything of these measures: columns `n_<i>` and `s_<i>` with how often and how much,
 * and their `arm`, `since` and `until`.
 */
export type PerUser = (question: Question, measures: readonly Measure[]) => string

/** From totals that were folded before. @param areStale whether there may be some of keys that nobody has any more */
export const fromTotals =
  (areStale: boolean): PerUser =>
  ({ app, group, slice, tables }, measures) => {
    const ids = measures.map(({ id }) => quote(id))
    const tests = `test IN (${group.tests.map(quote)})`
    const columns = ids.map(
      (id, i) => `sumIf(t.n, t.event = ${id}) AS n_${i}, sumIf(t.total, t.event = ${id}) AS s_${i}`,
    )
    const totals = `(
      SELECT key, arm, event, n, total FROM ${tables.totals}
      WHERE app = ${app} AND event IN (${ids}) AND ${tests} AND ${within('key', slice)}
    ) AS t`
    // Without windows nobody asks when users count from and until, and a key is its user's of one arm.
    if (!areStale && !group.metrics.some(isWindowed))
      return `SELECT any(t.arm) AS arm, ${columns} FROM ${totals} GROUP BY t.key`
    return `
    SELECT u.arm AS arm, u.since AS since, u.until AS until, ${columns}
    FROM ${totals}
    INNER JOIN (SELECT key, arm, since, until FROM ${tables.counted} WHERE ${tests}) AS u ON t.key = u.key
    GROUP BY t.key, u.arm, u.since, u.until`
  }

/** From all that is stored, of users of whom the first was exposed at `since`, in SQL. Looks at each user and event once. */
export const fromFacts =
  (since: string): PerUser =>
  ({ app, slice, tables: { counted } }, measures) => {
    const portion = { app, slice, users: counted, from: [], to: null, since }
    const plain = measures.filter(({ filter }) => filter === undefined)
    const events = plain.some(({ event }) => event === '') ? DEEDS : `event IN (${plain.map((m) => quote(m.event))})`
    const sources = measures.flatMap((measure, i) =>
      measure.filter === undefined
        ? []
        : [`SELECT user_hash, '' AS event, time, value, ${i} AS place FROM (${filteredOf(portion, measure)})`],
    )
    if (plain.length > 0)
      sources.push(factsOf(portion, 'user_hash, event, time, value, -1 AS place', lookbackOf(plain), events))
    const columns = measures.map((measure, i) => {
      const fits = fitsSql(measure, measure.filter === undefined ? -1 : i, measures)
      return `countIf(${fits}) AS n_${i}, sumIf(f.value, ${fits}) AS s_${i}`
    })
    return `
    SELECT any(u.arm) AS arm, any(u.since) AS since, any(u.until) AS until, ${columns}
    FROM (${sources.join('\n    UNION ALL ')}) AS f INNER JOIN ${counted} AS u ON f.user_hash = u.user_hash
    WHERE f.time < u.until
    GROUP BY u.key`
  }

/** That an event is one of a measure: of what all are, nothing is asked. */
function fitsSql({ event, from, to }: Measure, place: number, all: readonly Measure[]): string {
  const isOnlyPlace = all.every(({ filter }) => filter === undefined)
  const isOnlyEvent = all.every((other) => other.event === event)
  const conditions = [
    ...(isOnlyPlace ? [] : [`f.place = ${place}`]),
    ...(place >= 0 || event === '' || isOnlyEvent ? [] : [`f.event = ${quote(event)}`]),
    from === 0 ? 'f.time >= u.since' : `${AGE} >= ${from}`,
    ...(to === OPEN ? [] : [`${AGE} < ${to}`]),
  ]
  return conditions.join(' AND ')
}
