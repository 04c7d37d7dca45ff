import type { Condition } from '@assay/core/condition'
import type { MetricDefinition } from '@assay/core/definition/metric'
import { filterSql } from '@assay/core/store/filter-sql'
import { quote } from '@assay/core/store/sql'
import { isClosed, type Question } from './metrics.js'
import { byPerson, ofSlice } from './people.js'
import type { PlannedMetric } from './plan.js'
import { AGE } from './totals.js'

/** Metrics of the events themselves, which are no sums over a user's events: quantiles and funnels. */
type Quantile = Extract<MetricDefinition, { kind: 'quantile' }>
type Funnel = Extract<MetricDefinition, { kind: 'funnel' }>
export type OfEvents<M extends Quantile | Funnel = Quantile | Funnel> = PlannedMetric & { metric: M }

export const isQuantile = (planned: PlannedMetric): planned is OfEvents<Quantile> => planned.metric.kind === 'quantile'
export const isFunnel = (planned: PlannedMetric): planned is OfEvents<Funnel> => planned.metric.kind === 'funnel'

/** Cells of a quantile's values are so much wider than the one before, so that it is read to a hundredth of a percent. */
const RATIO = 1.0001
const MIDDLE = 8_000_000
const cell = (value: string) =>
  `toInt32(if(${value} = 0, 0, sign(${value}) * (${MIDDLE} + ceil(log(abs(${value})) / ${Math.log(RATIO)}))))`

/** The value in the middle of a cell. */
export const valueOfCell = (cell: number) =>
  cell === 0 ? 0 : Math.sign(cell) * RATIO ** (Math.abs(cell) - MIDDLE - 0.5)

interface Source {
  event: string
  filter?: Condition | undefined
}

const condition = ({ event, filter }: Source) =>
  `event = ${quote(event)}${filter === undefined ? '' : ` AND (${filterSql(filter)})`}`

/** Events of complete users within their window, with `key` and `arm`; `columns` are of the events. */
function eventsSql(question: Question, planned: OfEvents, sources: readonly Source[], columns: string): string {
  const { app, group, slice, tables, asOf } = question
  // Facts have no props; events have no hash.
  const [table, hash] = sources.some(({ filter }) => filter !== undefined)
    ? ['events', 'cityHash64(app, user)']
    : ['facts', 'user_hash']
  const source = `
      SELECT ${hash} AS user_hash, time, ${columns} FROM ${table}
      WHERE app = ${app} AND (${sources.map((s) => `(${condition(s)})`).join(' OR ')}) AND ${ofSlice(hash, slice)}`
  return `
    SELECT u.key AS key, u.arm AS arm, f.*
    FROM (${byPerson(source, slice)}) AS f
    INNER JOIN (
      SELECT key, user_hash, arm, since, until FROM ${tables.counted}
      WHERE test IN (${group.tests.map(quote)}) AND ${isClosed(planned, asOf)}
    ) AS u ON f.user_hash = u.user_hash
    WHERE ${AGE} >= ${planned.opens} AND ${AGE} < ${planned.closes} AND f.time < u.until`
}

/** How many events, or users, there are at a place. */
export interface CountRow {
  arm: string
  at: number
  n: number
}

/** How many of a quantile's values each cell has. */
export const cellsSql = (question: Question, planned: OfEvents<Quantile>) => `
  SELECT toString(arm) AS arm, cell AS at, count() AS n
  FROM (${eventsSql(question, planned, [planned.metric], `${cell('value')} AS cell`)}) GROUP BY arm, cell`

/** Of each user, how many values are up to their arm's cell and how many there are: moments as `numbersSql` has them. */
export function underSql(question: Question, planned: OfEvents<Quantile>, at: ReadonlyMap<string, number>): string {
  const upTo = `transform(toString(arm), [${[...at.keys()].map(quote)}], [${[...at.values()].map((c) => `toInt32(${c})`)}], toInt32(0))`
  return `
  SELECT toString(arm) AS arm, [count()] AS n, n AS converted, [[avg(under), avg(events)]] AS means,
    [[covarPopStable(under, under) * count(), covarPopStable(under, events) * count(), covarPopStable(events, events) * count()]] AS comoments
  FROM (
    SELECT key, arm, toFloat64(countIf(cell <= ${upTo})) AS under, toFloat64(count()) AS events
    FROM (${eventsSql(question, planned, [planned.metric], `${cell('value')} AS cell`)}) GROUP BY key, arm
  ) GROUP BY arm`
}

/**
 * How far users came through a funnel, each step later than the one before. Not by the engine's `windowFunnel`, which
 * starts again at each first step and then misses a second one of the same millisecond.
 */
export function stepsSql(question: Question, planned: OfEvents<Funnel>): string {
  const { steps } = planned.metric
  const isOf = `[${steps.map((step) => `toBool(${condition(step)})`)}] AS is_of`
  return `
  SELECT toString(arm) AS arm, level AS at, count() AS n
  FROM (
    SELECT key, arm, arrayFold(
      (taken, e) -> if(taken.1 < ${steps.length} AND e.1 > taken.2 AND e.2[taken.1 + 1], (taken.1 + 1, e.1), taken),
      arraySort(groupArray((toUnixTimestamp64Milli(time), is_of))), (toInt64(0), toInt64(-1))
    ).1 AS level
    FROM (${eventsSql(question, planned, steps, isOf)}) GROUP BY key, arm
  ) GROUP BY arm, level`
}
