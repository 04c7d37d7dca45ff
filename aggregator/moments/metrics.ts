import { OPEN, type Variable } from '@assay/core/definition/measure'
import { quote } from '@assay/core/store/sql'
import type { Group, PlannedMetric } from './plan.js'
import type { Scratch } from './scratch.js'
import { type Slice, within } from './slice.js'

/** Most that one user counts for, by metric id. */
export type Caps = ReadonlyMap<string, number>

/** What a snapshot asks of some tests in one slice of users. */
export interface Question {
  app: string
  group: Group
  slice: Slice
  scratch: Scratch
  /** Unix milliseconds. */
  asOf: number
}

/** Users of an arm who are complete in each metric, and those who will be. */
export interface ClosedRow {
  arm: string
  closed: number[]
  open: number
}

/** Moments of the numbers of those users who have any, by metric: `comoments` is the upper triangle, line by line. */
export interface NumbersRow {
  arm: string
  n: number[]
  converted: number[]
  means: (number | null)[][]
  comoments: (number | null)[][]
}

const isWindowed = ({ closes }: PlannedMetric) => closes < OPEN
/** That a user's numbers are complete, in SQL. */
export const isClosed = (metric: PlannedMetric, asOf: number) =>
  isWindowed(metric)
    ? `least(toInt64(${asOf}), toUnixTimestamp64Milli(until)) - toUnixTimestamp64Milli(since) >= ${metric.closes}`
    : 'true'
const willClose = ({ closes }: PlannedMetric, asOf: number) =>
  `(toUnixTimestamp64Milli(since) + ${closes} > ${asOf} AND toUnixTimestamp64Milli(until) - toUnixTimestamp64Milli(since) >= ${closes})`

/** Of open-ended metrics every user is: what they will do is as open as what they did. */
export function closedSql({ group, scratch, asOf }: Question): string {
  const { metrics } = group
  const waits = metrics.filter(isWindowed).map((metric) => willClose(metric, asOf))
  return `
  SELECT toString(arm) AS arm, [${metrics.map((metric) => `countIf(${isClosed(metric, asOf)})`)}] AS closed,
    countIf(${waits.length === 0 ? 'false' : waits.join(' OR ')}) AS open
  FROM ${scratch.counted} WHERE test IN (${group.tests.map(quote)}) GROUP BY arm`
}

const additive = ({ variables }: PlannedMetric) => variables.length > 0

/** A user's totals of all measures of these metrics as columns `n_<i>` and `s_<i>`, with when they count from and until. */
function usersSql({ app, group, slice, scratch }: Question, ids: readonly string[]): string {
  const columns = ids.map(
    (id, i) => `sumIf(t.n, t.event = ${quote(id)}) AS n_${i}, sumIf(t.total, t.event = ${quote(id)}) AS s_${i}`,
  )
  return `
    SELECT u.arm AS arm, u.since AS since, u.until AS until, ${columns}
    FROM (SELECT key, event, n, total FROM ${scratch.totals} WHERE app = ${app} AND event IN (${ids.map(quote)}) AND ${within('key', slice)}) AS t
    INNER JOIN (SELECT key, arm, since, until FROM ${scratch.counted} WHERE test IN (${group.tests.map(quote)})) AS u ON t.key = u.key
    GROUP BY t.key, u.arm, u.since, u.until`
}

const numberOf = ({ measure, of }: Variable, ids: readonly string[]) => {
  const i = ids.indexOf(measure.id)
  return of === 'count' ? `toFloat64(n_${i})` : of === 'sum' ? `s_${i}` : `toFloat64(n_${i} > 0)`
}

/** Each user's numbers, then those from before the exposure, as SQL. */
function numbersOf({ id, variables, covariates }: PlannedMetric, ids: readonly string[], caps: Caps): string[] {
  const cap = caps.get(id)
  const all = [...variables, ...covariates].map((variable) => numberOf(variable, ids))
  return cap === undefined ? all : all.map((number) => `least(${number}, ${cap})`)
}

/** All metrics that are made of sums, in one pass; null where there are none. */
export function numbersSql(question: Question, caps: Caps): string | null {
  const metrics = question.group.metrics.filter(additive)
  if (metrics.length === 0) return null
  const ids = idsOf(metrics)
  const parts = metrics.map((metric) => {
    const closed = isClosed(metric, question.asOf)
    const numbers = numbersOf(metric, ids, caps)
    const pairs = numbers.flatMap((a, i) => numbers.slice(i).map((b) => [a, b] as const))
    return {
      n: `countIf(${closed})`,
      converted: `countIf(${closed} AND n_${ids.indexOf(metric.variables[0]!.measure.id)} > 0)`,
      means: `[${numbers.map((number) => `avgIf(${number}, ${closed})`)}]`,
      comoments: `[${pairs.map(([a, b]) => `covarPopStableIf(${a}, ${b}, ${closed}) * countIf(${closed})`)}]`,
    }
  })
  const array = (part: keyof (typeof parts)[number]) => `[${parts.map((p) => p[part])}] AS ${part}`
  return `
  SELECT toString(arm) AS arm, ${[array('n'), array('converted'), array('means'), array('comoments')]}
  FROM (${usersSql(question, ids)}) GROUP BY arm`
}

const idsOf = (metrics: readonly PlannedMetric[]) => [
  ...new Set(
    metrics.flatMap(({ variables, covariates }) => [...variables, ...covariates]).map(({ measure }) => measure.id),
  ),
]

/** The greatest totals of one metric, over all branches. */
export function greatestSql(question: Question, metric: PlannedMetric, limit: number): string {
  const ids = metric.variables.map(({ measure }) => measure.id)
  return `
  SELECT ${numberOf(metric.variables[0]!, ids)} AS total FROM (${usersSql(question, ids)})
  WHERE ${isClosed(metric, question.asOf)} ORDER BY total DESC LIMIT ${limit}`
}
