import { AssayError } from '@assay/core/errors'
import { type Bucket, bucketEdges, leastLength } from './buckets.js'
import { LAST_INSTANT, parseInstant } from './instant.js'
import type { Range } from './queries.js'
import { TimeZone } from './time-zone.js'

const DAY = 86_400_000
/** How far back a query without `from` looks. */
const spans: Record<Bucket, number> = { hour: 7 * DAY, day: 90 * DAY, week: 731 * DAY, month: 3653 * DAY }

/** Points of an answer at the most, of all branches together. */
export const MAX_POINTS = 10_000

/**
 * The buckets of a range: their starts, then the end of the last, in Unix milliseconds that the store's times can hold.
 * @throws AssayError `query-invalid` for a range that ends before it starts, or has too many buckets
 */
export function edgesOf({ bucket, tz, from, to }: Range, now: number): number[] {
  const zone = new TimeZone(tz)
  const end = to === undefined ? now : parseInstant(to, zone)!
  const begin = from === undefined ? Math.max(0, end - spans[bucket]) : parseInstant(from, zone)!
  if (begin >= end) {
    const [came, limit] = [begin, end].map((time) => new Date(time).toISOString())
    throw new AssayError('query-invalid', `from: expected a time before to, ${limit}; ${came} came.`)
  }
  const points = Math.round((end - begin) / leastLength[bucket])
  if (points > MAX_POINTS) throw tooMany(`about ${points}`)
  return bucketEdges(bucket, zone, begin, end).map((edge) => Math.min(LAST_INSTANT, Math.max(0, edge)))
}

export function tooMany(came: string): AssayError {
  const detail = `from, to, bucket: expected at most ${MAX_POINTS} points; ${came} came of them. Take longer buckets.`
  return new AssayError('query-invalid', detail)
}
