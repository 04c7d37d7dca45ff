import { modulo, QUARTER, type TimeZone } from './time-zone.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR

export const bucketNames = ['hour', 'day', 'week', 'month'] as const
export type Bucket = (typeof bucketNames)[number]

/** The least length of a bucket, for bounds: days of 23 hours, a February with one. */
export const leastLength: Record<Bucket, number> = { hour: HOUR, day: 23 * HOUR, week: 167 * HOUR, month: 671 * HOUR }

/**
 * Starts of the buckets that hold `from` up to the one before `to`, then the end of the last, ascending, in Unix
 * milliseconds. Only whole buckets: a day is as long as the zone's clocks make it, a week starts on Monday.
 */
export function bucketEdges(bucket: Bucket, zone: TimeZone, from: number, to: number): number[] {
  const edges = [bucket === 'hour' ? hourStart(zone, from) : startOn(bucket, zone, from)]
  while (edges.at(-1)! < to) {
    const last = edges.at(-1)!
    edges.push(bucket === 'hour' ? hourEnd(zone, last) : nextStart(bucket, zone, last))
  }
  return edges
}

/**
 * Hours follow the clock's minutes through any change of its hours, so that a repeated hour is two; where the clocks
 * change by half an hour, or at half past, an hour is cut there.
 */
function hourStart(zone: TimeZone, instant: number): number {
  const start = instant - modulo(zone.local(instant), HOUR)
  return quarters(start, instant + 1).find((time) => zone.offset(time) === zone.offset(instant)) ?? start
}

function hourEnd(zone: TimeZone, start: number): number {
  const end = start + HOUR - modulo(zone.local(start), HOUR)
  return quarters(start, end).find((time) => zone.offset(time) !== zone.offset(start)) ?? end
}

/** The instants at which clocks may change, from one on and before another. */
const quarters = (from: number, to: number) =>
  Array.from({ length: Math.ceil((to - from) / QUARTER) }, (_, i) => from + i * QUARTER)

function startOn(bucket: Exclude<Bucket, 'hour'>, zone: TimeZone, instant: number): number {
  return zone.firstInstantAt(startDate(bucket, zone.local(instant)))
}

function nextStart(bucket: Exclude<Bucket, 'hour'>, zone: TimeZone, start: number): number {
  // A day that the zone left out (Samoa, 30 December 2011) starts and ends at once: it is passed over.
  for (let date = startDate(bucket, zone.local(start)); ; ) {
    date = followingDate(bucket, date)
    const next = zone.firstInstantAt(date)
    if (next > start) return next
  }
}

/** Midnight, in local time, of the first day of the bucket. */
function startDate(bucket: Exclude<Bucket, 'hour'>, local: number): number {
  const date = new Date(local)
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
  if (bucket === 'month') return Date.UTC(year, month, 1)
  return Date.UTC(year, month, bucket === 'day' ? day : day - modulo(date.getUTCDay() - 1, 7))
}

function followingDate(bucket: Exclude<Bucket, 'hour'>, start: number): number {
  if (bucket !== 'month') return start + (bucket === 'day' ? 1 : 7) * DAY
  const date = new Date(start)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
}
