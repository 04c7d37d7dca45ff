import { fromValues, type Moments } from '../moments.js'

/**
 * The value at or under which a share `p` (0 to 1) of the values lie, between two of them by linear interpolation
 * (Hyndman and Fan 1996, definition 7; ClickHouse's `quantileExactInclusive`). Null for no values or another p.
 */
export function percentile(values: Iterable<number>, p: number): number | null {
  const sorted = Float64Array.from(values).sort()
  if (!(p >= 0 && p <= 1 && sorted.length > 0)) return null
  const place = p * (sorted.length - 1)
  const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!]
  return low + (high - low) * (place % 1)
}

/**
 * Moments of values of which none counts for more than `cap` (winsorising from above): less variance for a little bias.
 * The cap is settled beforehand, or a percentile of both branches together: one for each would cut away the effect.
 */
export function capped(values: Iterable<number>, cap: number): Moments {
  return fromValues(Float64Array.from(values, (value) => Math.min(value, cap)))
}
