import { sumDf } from '../effect/effect.js'
import { type None, none } from '../none.js'
import { sumOf } from '../sum.js'
import type { Estimate } from './estimate.js'

/**
 * Users alike in something settled before they could be treated (country, device), or exposed in one phase of a test.
 */
export interface Stratum {
  readonly control: Estimate | None
  readonly treatment: Estimate | None
}

/** Both branches as if each had the strata in the shares of all users; for `difference` and `lift`. */
export interface PostStratified {
  readonly kind: 'post-stratified'
  readonly control: Estimate
  readonly treatment: Estimate
  /** Of the two, which use the same estimated shares. */
  readonly covariance: number
}

/**
 * Post-stratification (Miratrix, Sekhon and Yu 2013), each stratum weighted by its users of both branches. These shares
 * are estimated, so their multinomial variance is part of the answer, as it is for users drawn from a population; the
 * degrees of freedom are those of the variances within, as it nearly cancels in a difference. Also
 * combines the phases of a test whose weights moved, between which values may drift. Leaves out strata that have no
 * estimate in one of the branches, as a phase at weight 0: there is nothing to compare. `insufficient` where none is
 * left.
 */
export function postStratified(strata: readonly Stratum[]): PostStratified | None {
  const cells = strata.flatMap(({ control: c, treatment: t }) =>
    c.kind === 'none' || t.kind === 'none' ? [] : [{ branches: [c, t] as const, n: c.n + t.n }],
  )
  const users = sumOf(cells, ({ n }) => n)
  if (users === 0) return none('insufficient')
  const over = (of: (branches: readonly [Estimate, Estimate]) => number) =>
    sumOf(cells, ({ branches, n }) => of(branches) * (n / users))
  const centre = [0, 1].map((i) => over((b) => b[i]!.value)) as [number, number]
  const between = (i: 0 | 1, j: 0 | 1) => over((b) => (b[i].value - centre[i]) * (b[j].value - centre[j])) / users
  const estimate = (i: 0 | 1): Estimate => {
    const parts = cells.map(({ branches, n }) => {
      return { ...branches[i], variance: branches[i].variance * (n / users) ** 2 }
    })
    const [n, within] = [sumOf(parts, ({ n }) => n), sumOf(parts, ({ variance }) => variance)]
    return { kind: 'estimate', value: centre[i], variance: within + between(i, i), df: sumDf(parts), n }
  }
  return { kind: 'post-stratified', control: estimate(0), treatment: estimate(1), covariance: between(0, 1) }
}
