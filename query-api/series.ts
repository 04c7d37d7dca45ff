import { requireTest } from './apps.js'
import { type KnownPoints, placeOf } from './known-points.js'
import { cellValue } from './quantile.js'
import type { SeriesQuery } from './queries.js'
import { edgesOf, MAX_POINTS, tooMany } from './range.js'
import type { Reads } from './reads.js'
import type { Series } from './schemas.js'
import { type SeriesRow, seriesSql } from './series-sql.js'

type Branch = Series['series'][number]
export type Point = Branch['points'][number]

/** Any event of a test by branch and time. @throws AssayError `query-invalid`, `app-not-found`, `test-not-found` */
export async function readSeries(
  reads: Reads,
  known: KnownPoints,
  app: string,
  testId: string,
  query: SeriesQuery,
  now: number,
): Promise<Series> {
  const { event, bucket, tz, cumulative } = query
  const edges = edgesOf(query, now).map((edge) => edge / 1000)
  const asked = { app, test: testId, event, limit: MAX_POINTS + 1 }
  const points = known.of(JSON.stringify([app, testId, event, bucket, tz, cumulative && edges[0]]))
  const sql = cumulative ? seriesSql.cumulative : seriesSql.perBucket
  const counts = await reads.query<Counted>(sql.counts, { ...asked, ...between(edges) })
  if (counts.length > MAX_POINTS) throw tooMany('more, with all branches,')
  if (counts.length === 0) await requireTest(reads, app, testId)
  const changed = counts.filter((row) => points.get(placeOf(row))?.count !== row.count).map(({ start }) => start)
  if (changed.length > 0) {
    const span = cumulative ? edges : spanOf(changed, edges)
    const rows = await reads.query<SeriesRow>(sql.points, { ...asked, ...between(span) })
    for (const row of rows) points.set(placeOf(row), pointOf(row))
  }
  return { app, testId, event, bucket, tz, ...(cumulative && { cumulative }), series: byBranch(counts, points) }
}

type Counted = Pick<SeriesRow, 'branch' | 'start' | 'count'>

const between = (edges: readonly number[]) => ({ edges: edges.slice(0, -1), first: edges[0]!, end: edges.at(-1)! })

/** The edges of the buckets that start there, and of all between them. */
function spanOf(starts: readonly number[], edges: readonly number[]): number[] {
  const [first, last] = [Math.min(...starts), Math.max(...starts)]
  return edges.slice(edges.indexOf(first), edges.indexOf(last) + 2)
}

function byBranch(counts: readonly Counted[], points: ReadonlyMap<string, Point>): Branch[] {
  const series = new Map<string, Branch>()
  for (const row of counts) {
    const { branch } = row
    if (!series.has(branch)) series.set(branch, { branch, points: [] })
    const point = points.get(placeOf(row))
    if (point !== undefined) series.get(branch)!.points.push(point)
  }
  return [...series.values()]
}

function pointOf({ start, count, mean, spread, lo, hi, users, cells }: SeriesRow): Point {
  const [p50, p90, p95, p99] = cells.map((cell) => Math.min(hi, Math.max(lo, cellValue(cell)))) as SeriesRow['cells']
  const stddev = count < 2 ? null : Math.sqrt((spread * count) / (count - 1))
  const times = { start: new Date(start * 1000).toISOString(), count }
  return { ...times, mean, stddev, min: lo, max: hi, users, p50, p90, p95, p99 }
}
