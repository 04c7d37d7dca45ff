import { type None, none } from '../none.js'
import { sumOf } from '../sum.js'
import { lnBernoulli } from './bernoulli.js'
import { answer, type Evidence, evidence, type Tuning } from './evidence.js'

/** ln e-values of one branch against a p-quantile in each cell: of the rank counts possible there, the least. */
function perCell(users: readonly number[], p: number, tuning: Tuning): number[] {
  const n = sumOf(users, (count) => count)
  // lnBernoulli is convex in its count and rises from j to j + 1 exactly where j >= p (n − 1).
  const least = Math.ceil(p * (n - 1))
  let upTo = 0
  return users.map((count) => {
    const below = upTo
    upTo += count
    return lnBernoulli(Math.min(Math.max(below, least), upTo), n, p, tuning)
  })
}

/**
 * Evidence that the p-quantiles of two branches differ, exact at every look and for every distribution, ties included
 * (Howard and Ramdas 2022, arXiv 1906.09712, Theorem 5): the least, over all values, of the product of both branches'
 * e-values against that value. Users per cell, the cells in the order of value and the same for both branches: a
 * histogram's, which can only lose evidence, or one for each distinct value. `planned` is users of one branch.
 * `out-of-range` for a p outside (0, 1) or different cells, `insufficient` without any.
 */
export function quantileDifference(
  control: readonly number[],
  treatment: readonly number[],
  p: number,
  tuning: Tuning,
): Evidence | None {
  if (control.length === 0) return none('insufficient')
  return answer(p > 0 && p < 1 && control.length === treatment.length, tuning, () => {
    const against = perCell(treatment, p, tuning)
    return evidence(perCell(control, p, tuning).reduce((least, lnE, i) => Math.min(least, lnE + against[i]!), Infinity))
  })
}
