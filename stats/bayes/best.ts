import type { Estimate } from '../estimate/estimate.js'
import { gauss } from '../gauss.js'
import { type None, none } from '../none.js'
import { lnNormalTail, normalDensity } from '../tail/normal.js'

export interface Standing {
  /** Probability that this branch's value is the greatest. */
  readonly chanceToBeBest: number
  /** How much the greatest is expected to exceed it, in the metric's unit. */
  readonly expectedLoss: number
}

/** Panels end at each half of a standard deviation up to nine to both sides of each branch: at 37 points. */
const STEPS = Array.from({ length: 37 }, (_, i) => i / 2 - 9)

/**
 * Chance to be best and expected loss of each of several branches, their posteriors taken as independent Gaussians
 * (flat prior): one-dimensional integrals over the greatest of the others, by Gauss's rule on panels. About 1e-10
 * absolute for chances and 1e-10 of the greatest standard error for losses, of up to twenty branches. Where less is better, negate the values.
 * `insufficient` if a branch has no estimate, `no-variance` if one is exact.
 */
export function best(branches: readonly (Estimate | None)[]): readonly Standing[] | None {
  const known = branches.flatMap((b) => (b.kind === 'none' ? [] : [{ mean: b.value, sd: Math.sqrt(b.variance) }]))
  if (known.length < branches.length) return none('insufficient')
  if (known.some(({ sd }) => !(sd > 0))) return none('no-variance')
  const standings = known.map(() => ({ chanceToBeBest: 0, expectedLoss: 0 }))
  const ends = known.flatMap(({ mean, sd }) => STEPS.map((step) => mean + step * sd)).sort((a, b) => a - b)
  ends.forEach((end, k) => {
    const half = (end - (ends[k - 1] ?? end)) / 2
    for (const [node, share] of gauss) {
      const z = known.map(({ mean, sd }) => (end + (node - 1) * half - mean) / sd)
      const lnBelow = z.map((z) => lnNormalTail(-z))
      standings.forEach((standing, i) => {
        const weight = share * half
        const lnOthers = lnBelow.reduce((sum, lnP, j) => (i === j ? sum : sum + lnP), 0)
        const density = normalDensity(z[i]!) / known[i]!.sd
        standing.chanceToBeBest += weight * density * Math.exp(lnOthers)
        standing.expectedLoss -= weight * Math.exp(lnBelow[i]!) * Math.expm1(lnOthers)
      })
    }
  })
  return standings
}
