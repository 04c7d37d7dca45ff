import { AssayError } from '@assay/core/errors'
import type { Store } from '@assay/core/store/store'
import type { z } from 'zod'
import { requireApp } from './apps.js'
import { type Histogram, quantiles } from './quantile.js'
import type { Series, seriesQuery } from './schemas.js'

const HOUR = 3_600_000
/** Per bucket: the start of it a cell falls into, its least length, and how far back a query without `from` looks. */
const buckets = {
  hour: { start: 'toStartOfHour(cell, {tz:String})', length: HOUR, span: 7 * 24 * HOUR },
  day: { start: 'toStartOfDay(cell, {tz:String})', length: 23 * HOUR, span: 90 * 24 * HOUR },
  week: {
    start: 'toDateTime(toMonday(cell, {tz:String}), {tz:String})',
    length: 167 * HOUR,
    span: 2 * 365 * 24 * HOUR,
  },
  month: {
    start: 'toDateTime(toStartOfMonth(cell, {tz:String}), {tz:String})',
    length: 671 * HOUR,
    span: 10 * 365 * 24 * HOUR,
  },
} as const

const MAX_POINTS = 10_000
const SHARES = [0.5, 0.9, 0.95, 0.99]

interface Row {
  branch: string
  start: number
  count: number
  mean: number
  spread: number
  lo: number
  hi: number
  users: number
  cells: Histogram
}

/** Any event of a test by branch and time. @throws AssayError `query-invalid`, `app-not-found`, `test-not-found` */
export async function readSeries(
  store: Store,
  app: string,
  testId: string,
  query: z.output<typeof seriesQuery>,
  now: number,
): Promise<Series> {
  const { event, bucket, tz } = query
  const { start } = buckets[bucket]
  const rows = await store.read.query<Row>(
    `SELECT branch, toUnixTimestamp(${start}) AS start, sum(n) AS count, sum(sum) / count AS mean,
       varPopStableMerge(variance) AS spread, min(min) AS lo, max(max) AS hi,
       uniqCombined64Merge(users) AS users, sumMap(histogram) AS cells
     FROM bucket_rollup
     WHERE app = {app:String} AND test = {test:String} AND event = {event:String}
       AND cell >= fromUnixTimestamp({from:Int64}) AND cell < fromUnixTimestamp({to:Int64})
     GROUP BY branch, start ORDER BY branch, start`,
    { app, test: testId, event, tz, ...rangeOf(query, now) },
  )
  if (rows.length === 0) await requireTest(store, app, testId)
  const names = [...new Set(rows.map((r) => r.branch))]
  const series = names.map((branch) => ({ branch, points: rows.filter((r) => r.branch === branch).map(pointOf) }))
  return { app, testId, event, bucket, tz, series }
}

/** Seconds. */
function rangeOf({ bucket, from, to }: z.output<typeof seriesQuery>, now: number): { from: number; to: number } {
  const { length, span } = buckets[bucket]
  const end = to ?? now + HOUR
  const begin = from ?? Math.max(0, end - span)
  if (begin >= end)
    throw new AssayError('query-invalid', `from: expected a time before to; got ${new Date(begin).toISOString()}.`)
  const points = (end - begin) / length
  if (points > MAX_POINTS) {
    throw new AssayError(
      'query-invalid',
      `from, to: expected at most ${MAX_POINTS} ${bucket}s; got about ${Math.round(points)}.`,
    )
  }
  return { from: Math.floor(begin / 1000), to: Math.min(4_294_967_295, Math.ceil(end / 1000)) }
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
  const [p50, p90, p95, p99] = quantiles(cells, SHARES, lo, hi) as [number, number, number, number]
  const stddev = count < 2 ? null : Math.sqrt((spread * count) / (count - 1))
  return {
    start: new Date(start * 1000).toISOString(),
    count,
    mean,
    stddev,
    min: lo,
    max: hi,
    users,
    p50,
    p90,
    p95,
    p99,
  }
}

async function requireTest(store: Store, app: string, test: string): Promise<void> {
  const sql = 'SELECT 1 FROM bucket_rollup WHERE app = {app:String} AND test = {test:String} LIMIT 1'
  if ((await store.read.query(sql, { app, test })).length > 0) return
  await requireApp(store, app)
  throw new AssayError('test-not-found', `Expected a test of ${JSON.stringify(app)}; got ${JSON.stringify(test)}.`)
}
