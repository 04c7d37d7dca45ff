import erfc from '@stdlib/math-base-special-erfc'

/** Bounds on the z-score at one look; no bound is infinite. */
export interface Bounds {
  /** Share of the planned information, rising from look to look. */
  readonly information: number
  readonly lower: number
  readonly upper: number
}

/** Where a path that has crossed no bound may be, as nodes of a quadrature: its score and the probability it carries. */
export type Paths = readonly { readonly score: number; readonly weight: number }[]

export interface Crossing {
  readonly lower: number
  readonly upper: number
  readonly paths: Paths
}

/** Before the first look. */
export const start: Paths = [{ score: 0, weight: 1 }]

/** Standard deviations beyond which nothing that matters is left, unless alpha is tiny. */
const REACH = 8.5

/** Gauss's rule of five points on [−1, 1] (DLMF 3.5.15). */
const inner = Math.sqrt(5 - 2 * Math.sqrt(10 / 7)) / 3
const outer = Math.sqrt(5 + 2 * Math.sqrt(10 / 7)) / 3
const heavy = (322 + 13 * Math.sqrt(70)) / 900
const light = (322 - 13 * Math.sqrt(70)) / 900
const rule = [
  [-outer, light],
  [-inner, heavy],
  [0, 128 / 225],
  [inner, heavy],
  [outer, light],
] as const

const tail = (z: number) => erfc(z / Math.SQRT2) / 2

/** Probability that paths pass above a z-score at a look `step` of information later. */
export function above(paths: Paths, before: number, at: number, z: number, drift = 0): number {
  const sd = Math.sqrt(at - before)
  const score = z * Math.sqrt(at) - drift * (at - before)
  return paths.reduce((sum, path) => sum + path.weight * tail((score - path.score) / sd), 0)
}

/**
 * One look on: probabilities of crossing each bound for the first time, and the paths that go on. `drift` is the expected
 * z-score at full information; `reach`, in standard deviations, how far up paths are followed. Armitage, McPherson and Rowe 1969, by Gauss's rule on panels of one step's standard
 * deviation: about 1e-9.
 */
export function look(paths: Paths, before: number, bounds: Bounds, drift = 0, reach = REACH): Crossing {
  const { information: at, lower, upper } = bounds
  const sd = Math.sqrt(at - before)
  const mirrored = paths.map(({ score, weight }) => ({ score: -score, weight }))
  return {
    lower: above(mirrored, before, at, -lower, -drift),
    upper: above(paths, before, at, upper, drift),
    paths: nodes(bounds, sd, drift, reach).map(({ score, weight }) => {
      const density = paths.reduce((sum, path) => {
        const z = (score - path.score) / sd - drift * sd
        return Math.abs(z) > 38 ? sum : sum + path.weight * Math.exp((-z * z) / 2)
      }, 0)
      return { score, weight: (weight * density) / sd / Math.sqrt(2 * Math.PI) }
    }),
  }
}

/** Nodes over what lies between the bounds and is within reach of the mean path. */
function nodes({ information, lower, upper }: Bounds, sd: number, drift: number, reach: number): Paths {
  const [root, mean] = [Math.sqrt(information), drift * information]
  const low = Math.max(lower * root, mean - REACH * root)
  const high = Math.min(upper * root, mean + reach * root)
  if (!(high > low)) return []
  const panels = Math.ceil((high - low) / sd)
  const half = (high - low) / panels / 2
  return Array.from({ length: panels }, (_, i) => low + (2 * i + 1) * half).flatMap((middle) =>
    rule.map(([node, weight]) => ({ score: middle + node * half, weight: weight * half })),
  )
}
