import type { Series } from '../schemas.js'
import type { Columns } from './rows.js'

/** One branch’s bucket. */
export const seriesColumns = {
  event: 'String',
  branch: 'String',
  start: "DateTime64(3, 'UTC')",
  count: 'UInt64',
  mean: 'Float64',
  stddev: 'Nullable(Float64)',
  min: 'Float64',
  max: 'Float64',
  users: 'UInt64',
  p50: 'Float64',
  p90: 'Float64',
  p95: 'Float64',
  p99: 'Float64',
} satisfies Columns

type Row = Record<keyof typeof seriesColumns, unknown>

export function seriesRows({ event, series }: Series): Row[] {
  return series.flatMap(({ branch, points }) =>
    points.map((point) => ({ event, branch, ...point, start: Date.parse(point.start) })),
  )
}
