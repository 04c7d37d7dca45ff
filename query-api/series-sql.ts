import { quantileCells } from './quantile.js'

/** A branch's bucket, as the engine has it. */
export interface SeriesRow {
  branch: string
  /** Unix seconds. */
  start: number
  count: number
  mean: number
  /** Population variance. */
  spread: number
  lo: number
  hi: number
  users: number
  /** Histogram cells of the 50, 90, 95 and 99 % quantiles. */
  cells: [number, number, number, number]
}

/** The zone's buckets are told to the engine by their edges, so that one set of zone rules, Node's, decides them. */
const inBuckets = (columns: string) => `
  SELECT branch, roundDown(toUnixTimestamp(r.cell), {edges:Array(UInt32)}) AS start, ${columns}
  FROM bucket_rollup AS r
  WHERE app = {app:String} AND test = {test:String} AND event = {event:String}
    AND r.cell >= toDateTime({first:UInt32}, 'UTC') AND r.cell < toDateTime({end:UInt32}, 'UTC')
  GROUP BY branch, start`

/** What is known of some rows of the rollup: those of a group, or of a window over rows that are grouped already. */
const known = (over = '') => `
  sum(r.n) ${over} AS count, sum(r.sum) ${over} AS total, varPopStableMerge(r.variance) ${over} AS spread,
  min(r.min) ${over} AS lo, max(r.max) ${over} AS hi, uniqCombined64Merge(r.users) ${over} AS users,
  sumMap(r.histogram) ${over} AS histogram`

/** Rows of the rollup put together, and still to be put together. */
const states = `
  sum(r.n) AS n, sum(r.sum) AS sum, varPopStableMergeState(r.variance) AS variance, min(r.min) AS min,
  max(r.max) AS max, uniqCombined64MergeState(r.users) AS users, sumMap(r.histogram) AS histogram`

const perBucket = inBuckets(known())

/** Each bucket's state is made once, and added once to that of all before it. */
const cumulative = `
  SELECT branch, start, ${known('OVER upToHere')} FROM (${inBuckets(states)}) AS r
  WINDOW upToHere AS (PARTITION BY branch ORDER BY start ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`

const points = (rows: string) => `
  SELECT branch, start, count, total / count AS mean, spread, lo, hi, users,
    ${quantileCells('histogram', 'count', [50, 90, 95, 99])} AS cells
  FROM (${rows})`

/** How many events there are, which is read in a fraction of the time. */
const counts = `SELECT branch, start, n AS count FROM (${inBuckets('sum(r.n) AS n')})`
const countsUpToHere = `
  SELECT branch, start, sum(n) OVER (PARTITION BY branch ORDER BY start) AS count FROM (${inBuckets('sum(r.n) AS n')})`

const ordered = (rows: string) => `${rows} ORDER BY branch, start LIMIT {limit:UInt32}`

/** Of the buckets themselves, and of all up to the end of each. */
export const seriesSql = {
  perBucket: { counts: ordered(counts), points: ordered(points(perBucket)) },
  cumulative: { counts: ordered(countsUpToHere), points: ordered(points(cumulative)) },
}
