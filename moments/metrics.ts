import { type Measure, OPEN, type Variable } from '@assay/core/definition/measure'
import { quote } from '@assay/core/store/sql'
import type { PerUser } from './per-user.js'
import { type Group, measuresOf, type PlannedMetric } from './plan.js'
import type { Slice } from './slice.js'
import type { Tables } from './tables.js'

/** Most that one user counts for, by metric id. */
export type Caps = ReadonlyMap<string, number>

/** What a snapshot asks of some tests in one slice of users. */
export interface Question {
  app: string
  group: Group
  slice: Slice
  tables: Tables
  /** What numbers come from. */
  perUser: PerUser
  /** Unix milliseconds. */
  asOf: number
}

/** Users of an arm who are complete in each metric, and when, in Unix milliseconds, the next one will be; 0 if none. */
export interface ClosedRow {
  arm: string
  test: string
  closed: number[]
  next: number
}

/** Moments of the numbers of those users who have any, by metric: `comoments` is the upper triangle, line by line. */
export interface NumbersRow {
  arm: string
  n: number[]
  converted: number[]
  means: (number | null)[][]
  comoments: (number | null)[][]
}

export const isWindowed = ({ closes }: PlannedMetric) => closes < OPEN
/** That a user's numbers are complete, in SQL. */
export const isClosed = (metric: PlannedMetric, asOf: number) =>
  isWindowed(metric)
    ? `least(toInt64(${asOf}), toUnixTimestamp64Milli(until)) - toUnixTimestamp64Milli(since) >= ${metric.closes}`
    : 'true'
function closesNext({ closes }: PlannedMetric, asOf: number): string {
  const at = `toUnixTimestamp64Milli(since) + ${closes}`
  return `minIf(${at}, ${at} > ${asOf} AND ${at} <= toUnixTimestamp64Milli(until))`
}

/** Of open-ended metrics every user is complete: what they will do is as open as what they did. */
export function closedSql({ group, tables, asOf }: Question): string {
  const { metrics } = group
  const windows = [...new Map(metrics.filter(isWindowed).map((metric) => [metric.closes, metric])).values()]
  const next = windows.map((metric) => closesNext(metric, asOf))
  return `
  SELECT toString(arm) AS arm, any(u.test) AS test,
    [${metrics.map((metric) => `countIf(${isClosed(metric, asOf)})`)}] AS closed,
    ${next.length === 0 ? '0' : `arrayMin(arrayFilter(at -> at > 0, [${next}]))`} AS next
  FROM ${tables.counted} AS u WHERE u.test IN (${group.tests.map(quote)}) GROUP BY arm`
}

/** Whether a metric is made of sums over a user's events. */
export const isAdditive = ({ variables }: PlannedMetric) => variables.length > 0

const numberOf = ({ measure, of }: Variable, measures: readonly Measure[]) => {
  const i = placeOf(measure, measures)
  return of === 'count' ? `toFloat64(n_${i})` : of === 'sum' ? `s_${i}` : `toFloat64(n_${i} > 0)`
}

const placeOf = ({ id }: Measure, measures: readonly Measure[]) => measures.findIndex((measure) => measure.id === id)

/** Each user's numbers, then those from before the exposure, as SQL. */
function numbersOf({ id, variables, covariates }: PlannedMetric, measures: readonly Measure[], caps: Caps): string[] {
  const cap = caps.get(id)
  const all = [...variables, ...covariates].map((variable) => numberOf(variable, measures))
  return cap === undefined ? all : all.map((number) => `least(${number}, ${cap})`)
}

/** All metrics that are made of sums, in one pass; null where there are none. */
export function numbersSql(question: Question, caps: Caps): string | null {
  const metrics = question.group.metrics.filter(isAdditive)
  if (metrics.length === 0) return null
  const measures = measuresOf({ metrics })
  const parts = metrics.map((metric) => {
    const closed = isClosed(metric, question.asOf)
    const numbers = numbersOf(metric, measures, caps)
    const pairs = numbers.flatMap((a, i) => numbers.slice(i).map((b) => [a, b] as const))
    return {
      n: `countIf(${closed})`,
      converted: `countIf(${closed} AND n_${placeOf(metric.variables[0]!.measure, measures)} > 0)`,
      means: `[${numbers.map((number) => `avgIf(${number}, ${closed})`)}]`,
      comoments: `[${pairs.map(([a, b]) => `covarPopStableIf(${a}, ${b}, ${closed}) * countIf(${closed})`)}]`,
    }
  })
  const array = (part: keyof (typeof parts)[number]) => `[${parts.map((p) => p[part])}] AS ${part}`
  return `
  SELECT toString(arm) AS arm, ${[array('n'), array('converted'), array('means'), array('comoments')]}
  FROM (${question.perUser(question, measures)}) GROUP BY arm`
}

/** The greatest totals of one metric, over all branches. */
export function greatestSql(question: Question, metric: PlannedMetric, limit: number): string {
  const measures = metric.variables.map(({ measure }) => measure)
  return `
  SELECT ${numberOf(metric.variables[0]!, measures)} AS total FROM (${question.perUser(question, measures)})
  WHERE ${isClosed(metric, question.asOf)} ORDER BY total DESC LIMIT ${limit}`
}
