import { gauss } from '../gauss.js'
import { sumOf } from '../sum.js'
import { normalDensity, normalTail } from '../tail/normal.js'

/** Bounds on the z-score at one look; no bound is infinite. */
export interface Bounds {
  /** Share of the planned information, rising from look to look. */
  readonly information: number
  readonly lower: number
  readonly upper: number
}

/** Where a path that has crossed no bound may be at a look: nodes of a quadrature and the probability each carries. */
export interface Paths {
  readonly information: number
  readonly nodes: readonly { readonly score: number; readonly weight: number }[]
}

/** Before the first look. */
export const start: Paths = { information: 0, nodes: [{ score: 0, weight: 1 }] }

/** Standard deviations beyond which nothing that matters is left, unless alpha is tiny. */
const REACH = 8.5

/** Probability that paths pass a z-score at a later look: above it for side 1, below it for side −1. */
export function passing({ information, nodes }: Paths, at: number, z: number, side: 1 | -1 = 1, drift = 0): number {
  const step = at - information
  const bound = z * Math.sqrt(at) - drift * step
  return sumOf(nodes, ({ score, weight }) => weight * normalTail((side * (bound - score)) / Math.sqrt(step)))
}

/** Panels at most, for looks next to each other. */
const PANELS = 500

/**
 * The paths that cross no bound at a look, `drift` being the expected z-score at full information (Armitage, McPherson and
 * Rowe 1969). By Gauss's rule on panels as wide as the standard deviation of the step there or of that to the `next` look,
 * the narrower: about 1e-9, if looks are at least a thousandth of the information apart. `reach`: how many standard
 * deviations up paths are followed.
 */
export function surviving(paths: Paths, bounds: Bounds, next = Infinity, drift = 0, reach = REACH): Paths {
  const { information, lower, upper } = bounds
  const step = information - paths.information
  const [root, mean] = [Math.sqrt(information), drift * information]
  const low = Math.max(lower * root, mean - REACH * root)
  const length = Math.max(0, Math.min(upper * root, mean + reach * root) - low)
  const panels = Math.min(PANELS, Math.ceil(length / Math.sqrt(Math.min(step, next - information))))
  const density = (score: number) =>
    sumOf(paths.nodes, (node) => {
      return node.weight * normalDensity((score - node.score - drift * step) / Math.sqrt(step))
    }) / Math.sqrt(step)
  const half = length / panels / 2
  const nodes = Array.from({ length: panels * gauss.length }, (_, i) => {
    const [node, share] = gauss[i % gauss.length]!
    const score = low + (2 * Math.floor(i / gauss.length) + 1 + node) * half
    return { score, weight: share * half * density(score) }
  })
  return { information, nodes }
}
