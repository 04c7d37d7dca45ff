/**
 * Count, means and co-moments of several variables of one user: a ratio's numerator and denominator, a metric and its
 * covariate from before the test. Mergeable and free of raw sums of products, like `Moments`.
 */
export interface Joint {
  readonly n: number
  readonly means: readonly number[]
  /** `co[i][j]`: sum of products of deviations of variables i and j from their means; symmetric. */
  readonly co: readonly (readonly number[])[]
}

/** Joint moments of rows of equal length, in one pass. */
export function jointFromRows(rows: Iterable<readonly number[]>): Joint {
  let joint: Joint = { n: 0, means: [], co: [] }
  for (const means of rows) joint = mergeJoint(joint, { n: 1, means, co: means.map(() => means.map(() => 0)) })
  return joint
}

/** Joint moments of two sets together (Bennett et al. 2009, eq. III.6). Associative and commutative up to rounding. */
export function mergeJoint(a: Joint, b: Joint): Joint {
  if (b.n === 0) return a
  // From the larger set, as `merge` does.
  if (b.n > a.n) return mergeJoint(b, a)
  const n = a.n + b.n
  const delta = a.means.map((mean, i) => b.means[i]! - mean)
  const scale = (a.n * b.n) / n
  return {
    n,
    means: a.means.map((mean, i) => mean + (delta[i]! * b.n) / n),
    co: a.co.map((line, i) => line.map((c, j) => c + b.co[i]![j]! + delta[i]! * delta[j]! * scale)),
  }
}

/** Share of its terms below which a sum of products is only their rounding. */
const ROUNDING = 1e-14

/**
 * Covariance of two weighted sums of the variables' means (n − 1), `uᵀ S v / n`: the heart of every delta method, and
 * the sum's variance where u is v. 0 where nothing but rounding is left of its terms. For n from 2 on.
 */
export function covarianceOfMeans({ n, co }: Joint, u: readonly number[], v = u): number {
  let [sum, size] = [0, 0]
  for (const [i, line] of co.entries())
    for (const [j, c] of line.entries()) {
      const term = u[i]! * c * v[j]!
      sum += term
      size += Math.abs(term)
    }
  return Math.abs(sum) < ROUNDING * size ? 0 : sum / (n - 1) / n
}
