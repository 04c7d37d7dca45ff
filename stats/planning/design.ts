import type { Bounds } from '../anytime/brownian.js'
import { mixtureBound, priorRatio } from '../anytime/confidence-sequence.js'
import { type GroupSequentialOptions, groupSequentialBounds } from '../anytime/group-sequential.js'
import { type None, none } from '../none.js'
import { normalQuantile } from '../tail/normal.js'

/** How a test will be decided. */
export type Design = GroupSequentialOptions &
  (
    | { readonly method: 'fixed' }
    | {
        readonly method: 'any-time' /** Users of both branches; 5,000 as in the sequence. */
        readonly planned?: number
      }
    | {
        readonly method: 'group-sequential' /** Shares of the sample at the looks. */
        readonly information: readonly number[]
      }
  )

/** Looks at which an any-time design is followed up to its sample, each a ninth more than the one before. */
const LOOKS = 50
const STEP = 1.11

/** What looks this far apart miss of a path looked at always, in z-scores (Siegmund 1985, section 10.3: ρ = 0.5826). */
const MISSED = 0.5826 * Math.sqrt(1 - 1 / STEP)

/**
 * The z-scores to reach and the shares of the sample at which, for a sample of `n` users: of a fixed design one; of an
 * any-time design its own boundary at fifty looks, lowered by what passes between them. One-sided bounds are those of `greater`.
 */
export function boundsOf(design: Design, n: number): readonly Bounds[] | None {
  const { alpha = 0.05, alternative = 'two-sided' } = design
  if (!(alpha > 0 && alpha < 1 && n > 0 && n < Infinity)) return none('out-of-range')
  if (design.method === 'group-sequential') return groupSequentialBounds(design.information, design)
  const twoSided = alternative === 'two-sided'
  const bounds = (information: number, upper: number) => ({ information, upper, lower: twoSided ? -upper : -Infinity })
  if (design.method === 'fixed') return [bounds(1, normalQuantile(twoSided ? alpha / 2 : alpha))]
  const { planned = 5_000 } = design
  return Array.from({ length: LOOKS }, (_, i) => {
    const information = STEP ** (i + 1 - LOOKS)
    return bounds(
      information,
      mixtureBound(priorRatio(n * information, alpha, planned, !twoSided), alpha, !twoSided) - MISSED,
    )
  })
}
