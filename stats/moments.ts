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

export const empty: Moments = { n: 0, mean: 0, m2: 0 }

/** Moments of these values, in one pass (Welford 1962). */
export function fromValues(values: Iterable<number>): Moments {
  let n = 0
  let mean = 0
  let m2 = 0
  for (const value of values) {
    n++
    const delta = value - mean
    mean += delta / n
    m2 += delta * (value - mean)
  }
  return { n, mean, m2 }
}

/** Moments of `n` observations of which `successes` are 1 and the rest 0. */
export function fromBinary(n: number, successes: number): Moments {
  return n === 0 ? empty : { n, mean: successes / n, m2: (successes * (n - successes)) / n }
}

/** Moments of two sets together (Chan, Golub and LeVeque 1979, eq. 2.1). Associative and commutative up to rounding. */
export function merge(a: Moments, b: Moments): Moments {
  if (a.n === 0) return b
  if (b.n === 0) return a
  const n = a.n + b.n
  const delta = b.mean - a.mean
  return { n, mean: a.mean + (delta * b.n) / n, m2: a.m2 + b.m2 + (delta * delta * a.n * b.n) / n }
}

/** Sample variance (n − 1), or null for fewer than two observations. */
export function variance({ n, m2 }: Moments): number | null {
  return n < 2 ? null : m2 / (n - 1)
}
