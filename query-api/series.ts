import { AssayError } from '@assay/core/errors'
import { requireTest } from './apps.js'
import { type Bucket, bucketEdges, leastLength } from './buckets.js'
import { LAST_INSTANT, parseInstant } from './instant.js'
import { cellValue, quantileCells } from './quantile.js'
import type { SeriesQuery } from './queries.js'
import type { Reads } from './reads.js'
import type { Series } from './schemas.js'
import { TimeZone } from './time-zone.js'

const DAY = 86_400_000
/** How far back a query without `from` looks. */
const spans: Record<Bucket, number> = { hour: 7 * DAY, day: 90 * DAY, week: 731 * DAY, month: 3653 * DAY }

const MAX_POINTS = 10_000

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
const sql = `
  SELECT branch, roundDown(toUnixTimestamp(r.cell), {edges:Array(UInt32)}) AS start,
    sum(r.n) AS count, sum(r.sum) / count AS mean, varPopStableMerge(r.variance) AS spread,
    min(r.min) AS lo, max(r.max) AS hi, uniqCombined64Merge(r.users) AS users,
    ${quantileCells('sumMap(r.histogram)', 'count', [50, 90, 95, 99])} AS cells
  FROM bucket_rollup AS r
  WHERE app = {app:String} AND test = {test:String} AND event = {event:String}
    AND r.cell >= toDateTime({first:UInt32}, 'UTC') AND r.cell < toDateTime({end:UInt32}, 'UTC')
  GROUP BY branch, start ORDER BY branch, start LIMIT {limit:UInt32}`

/** Any event of a test by branch and time. @throws AssayError `query-invalid`, `app-not-found`, `test-not-found` */
export async function readSeries(
  reads: Reads,
  app: string,
  testId: string,
  query: SeriesQuery,
  now: number,
): Promise<Series> {
  const { event, bucket, tz } = query
  const seconds = edgesOf(query, now).map((edge) => Math.min(LAST_INSTANT, Math.max(0, edge)) / 1000)
  const [first, end] = [seconds[0]!, seconds.at(-1)!]
  const edges = seconds.slice(0, -1)
  const rows = await reads.query<Row>(sql, { app, test: testId, event, edges, first, end, limit: MAX_POINTS + 1 })
  if (rows.length > MAX_POINTS) throw tooMany('more, with all branches,')
  if (rows.length === 0) await requireTest(reads, app, testId)
  return { app, testId, event, bucket, tz, series: byBranch(rows) }
}

function edgesOf({ bucket, tz, from, to }: SeriesQuery, now: number): number[] {
  const zone = new TimeZone(tz)
  const end = to === undefined ? now : parseInstant(to, zone)!
  const begin = from === undefined ? Math.max(0, end - spans[bucket]) : parseInstant(from, zone)!
  if (begin >= end) {
    const [came, limit] = [begin, end].map((time) => new Date(time).toISOString())
    throw new AssayError('query-invalid', `from: expected a time before to, ${limit}; ${came} came.`)
  }
  const points = Math.round((end - begin) / leastLength[bucket])
  if (points > MAX_POINTS) throw tooMany(`about ${points}`)
  return bucketEdges(bucket, zone, begin, end)
}

function tooMany(came: string): AssayError {
  const detail = `from, to, bucket: expected at most ${MAX_POINTS} points; ${came} came of them. Take longer buckets.`
  return new AssayError('query-invalid', detail)
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
