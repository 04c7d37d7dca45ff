/**
 * Count, mean and sum of squared deviations from the mean: all a test of means needs, mergeable without loss.
 * Never a raw sum of squares, which cancels when the mean is large beside the spread.
 */
export interface Moments {
  readonly n: number
  readonly mean: number
  /** Sum of squared deviations from the mean, in squared units of the mean. */
  readonly m2: number
}

/** Of no observation. */
export const empty: Moments = { n: 0, mean: 0, m2: 0 }

/** Moments of these values, in one pass. */
export function fromValues(values: Iterable<number>): Moments {
  let moments = empty
  for (const mean of values) moments = merge(moments, { n: 1, mean, m2: 0 })
  return moments
}

/** Moments of `n` observations of which `successes` (0 to n) are 1 and the rest 0. */
export function fromBinary(n: number, successes: number): Moments {
  return n === 0 ? empty : { n, mean: successes / n, m2: (successes * (n - successes)) / n }
}

/** Moments of two sets together (Chan, Golub and LeVeque 1979, eq. 2.1). Associative and commutative up to rounding. */
export function merge(a: Moments, b: Moments): Moments {
  if (b.n === 0) return a
  // From the larger set, so that a far-off mean of a small one is scaled down before it is added.
  if (b.n > a.n) return merge(b, a)
  const n = a.n + b.n
  const delta = b.mean - a.mean
  return { n, mean: a.mean + (delta * b.n) / n, m2: a.m2 + b.m2 + delta * delta * ((a.n * b.n) / n) }
}

/** Share of the whole's digits that subtraction may cancel and still leave nine. */
const CANCELLED = 1e-6

/**
 * Moments of the whole without a part of it: the inverse of `merge`. Null where the part is no part (its count or its
 * squares pass the whole's; equal counts leave `empty`, unchecked) and where the rest is so small beside the whole that fewer than nine digits would be left.
 */
export function subtract(whole: Moments, part: Moments): Moments | null {
  if (part.n === 0) return whole
  const n = whole.n - part.n
  if (n === 0) return empty
  if (n < 0) return null
  const delta = whole.mean - part.mean
  const mean = whole.mean + (delta * part.n) / n
  const m2 = whole.m2 - part.m2 - (delta * delta * part.n * whole.n) / n
  if (m2 < CANCELLED * whole.m2) return null
  // The mean's error is a rounding of the whole's sum; it must vanish beside what the rest says of itself.
  const meanCancels = CANCELLED * Math.abs(whole.mean) * whole.n > (Math.abs(mean) + Math.sqrt(m2 / n)) * n
  return meanCancels ? null : { n, mean, m2 }
}

/** Sample variance (n − 1), or null for fewer than two observations. */
export function variance({ n, m2 }: Moments): number | null {
  return n < 2 ? null : m2 / (n - 1)
}
