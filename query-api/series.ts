import { requireTest } from './apps.js'
import { cellValue, quantileCells } from './quantile.js'
import type { SeriesQuery } from './queries.js'
import { edgesOf, MAX_POINTS, tooMany } from './range.js'
import type { Reads } from './reads.js'
import type { Series } from './schemas.js'

interface Row {
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
  FROM (${rows}) ORDER BY branch, start LIMIT {limit:UInt32}`

const sql = { perBucket: points(perBucket), cumulative: points(cumulative) }

/** Any event of a test by branch and time. @throws AssayError `query-invalid`, `app-not-found`, `test-not-found` */
export async function readSeries(
  reads: Reads,
  app: string,
  testId: string,
  query: SeriesQuery,
  now: number,
): Promise<Series> {
  const { event, bucket, tz, cumulative } = query
  const seconds = edgesOf(query, now).map((edge) => edge / 1000)
  const [first, end] = [seconds[0]!, seconds.at(-1)!]
  const asked = { app, test: testId, event, edges: seconds.slice(0, -1), first, end, limit: MAX_POINTS + 1 }
  const rows = await reads.query<Row>(cumulative ? sql.cumulative : sql.perBucket, asked)
  if (rows.length > MAX_POINTS) throw tooMany('more, with all branches,')
  if (rows.length === 0) await requireTest(reads, app, testId)
  return { app, testId, event, bucket, tz, ...(cumulative && { cumulative }), series: byBranch(rows) }
}

function byBranch(rows: readonly Row[]): Series['series'] {
  const series = new Map<string, Series['series'][number]>()
  for (const row of rows) {
    const { branch } = row
    if (!series.has(branch)) series.set(branch, { branch, points: [] })
    series.get(branch)!.points.push(pointOf(row))
  }
  return [...series.values()]
}

function pointOf({
  start,
  count,
  mean,
  spread,
  lo,
  hi,
  users,
  cells,
}: Row): Series['series'][number]['points'][number] {
  const [p50, p90, p95, p99] = cells.map((cell) => Math.min(hi, Math.max(lo, cellValue(cell)))) as Row['cells']
  const stddev = count < 2 ? null : Math.sqrt((spread * count) / (count - 1))
  const times = { start: new Date(start * 1000).toISOString(), count }
  return { ...times, mean, stddev, min: lo, max: hi, users, p50, p90, p95, p99 }
}
