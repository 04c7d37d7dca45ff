import type { Effect } from '../effect/effect.js'
import { type Inference, type InferenceOptions, interval, towards } from '../inference.js'
import { type None, none } from '../none.js'
import { root } from '../root.js'
import { lnNormalTail, normalQuantile } from '../tail/normal.js'
import { type Bounds, type Paths, passing, start, surviving } from './brownian.js'

/** Alpha spent once a share of the planned information is in, of all that may be. */
export type Spending = (share: number, alpha: number) => number

/** Little early, nearly all at the end: like O'Brien and Fleming's bounds (Lan and DeMets 1983, α₁*). */
export const obrienFleming: Spending = (share, alpha) =>
  2 * Math.exp(lnNormalTail(normalQuantile(alpha / 2) / Math.sqrt(share)))

/** Nearly the same at each look: like Pocock's bounds (Lan and DeMets 1983, α₂*). */
export const pocock: Spending = (share, alpha) => alpha * Math.log1p((Math.E - 1) * share)

export interface GroupSequentialOptions extends InferenceOptions {
  readonly spending?: Spending
}

/**
 * The z-score to reach at each look so that all looks together reject a true null with probability alpha (Lan and DeMets
 * 1983): `information` is each look's share of the planned, rising; a look beyond the plan has no alpha left and an
 * infinite bound. One-sided bounds for `greater` and `less` alike. About 1e-9 for looks a thousandth of the plan apart;
 * a millionth apart 1e-5, and wrong below that. `out-of-range` for shares that do not
 * rise from above 0 or an alpha outside (0, 1).
 */
export function groupSequentialBounds(
  information: readonly number[],
  { alpha = 0.05, alternative = 'two-sided', spending = obrienFleming }: GroupSequentialOptions = {},
): readonly Bounds[] | None {
  const rising = information.every((share, i) => share > (information[i - 1] ?? 0))
  if (!(rising && alpha > 0 && alpha < 1)) return none('out-of-range')
  const twoSided = alternative === 'two-sided'
  const ofOneSide = twoSided ? alpha / 2 : alpha
  const spent = (share: number) => spending(Math.min(1, share), ofOneSide)
  // A tiny alpha is spent by paths that are farther out still.
  const reach = normalQuantile(ofOneSide) + 8
  let paths = start
  return information.map((share, i) => {
    const probability = spent(share) - (i === 0 ? 0 : spent(paths.information))
    const upper = bound(paths, share, probability)
    const bounds = { information: share, upper, lower: twoSided ? -upper : -Infinity }
    paths = surviving(paths, bounds, information[i + 1], 0, reach)
    return bounds
  })
}

/** Beyond these ln alphas, what is spent underflows and nothing is left to spend. */
const [LEAST, MOST] = [-640, -1e-9]

/**
 * The answer at the last of the looks so far, each a share of the planned information: the repeated confidence interval
 * and p-value of Jennison and Turnbull 1989, from these bounds. p is the least alpha whose bound is passed at this look;
 * the promise is for the first look at which it falls below alpha. Where spending underflows p stops falling, or is 0.
 * `insufficient` before the first look.
 */
export function groupSequential(
  effect: Effect | None,
  information: readonly number[],
  options: GroupSequentialOptions = {},
): Inference | None {
  if (effect.kind === 'none') return effect
  const { value, standardError } = effect
  const { alternative = 'two-sided' } = options
  const bounds = groupSequentialBounds(information, options)
  if ('kind' in bounds) return none(bounds.reason, value)
  const last = bounds.at(-1)
  if (last === undefined) return none('insufficient', value)
  const lnP = repeatedLnP(towards(value / standardError, alternative), information, options)
  const ci = interval(value, last.upper * standardError, alternative)
  return { kind: 'inference', effect: value, pValue: Math.exp(lnP), lnP, ci }
}

function repeatedLnP(z: number, information: readonly number[], options: GroupSequentialOptions): number {
  const short = (lnAlpha: number) => {
    const bounds = groupSequentialBounds(information, { ...options, alpha: Math.exp(lnAlpha) }) as readonly Bounds[]
    return bounds.at(-1)!.upper - z
  }
  if (!(short(MOST) < 0)) return 0
  // No look spends all of alpha, so that p is at least the tail of z. Tiny alphas take long.
  const least = Math.max(LEAST, lnNormalTail(z) - 1)
  return short(least) < 0 ? -Infinity : root(short, least, MOST)
}

/** The z-score that paths pass for the first time with this probability. */
function bound(paths: Paths, at: number, probability: number): number {
  if (!(probability > 0)) return Infinity
  const excess = (z: number) => Math.log(passing(paths, at, z) / probability)
  return root(excess, -9, normalQuantile(probability) + 1e-9)
}
