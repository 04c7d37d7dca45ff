import type { Effect } from '../effect/effect.js'
import { type None, none } from '../none.js'
import { type TTest, tTest } from './t-test.js'

export interface NonInferiorityOptions {
  /** One-sided, in (0, 1). */
  alpha?: number
  /** The side on which the metric is better: `less` for errors or latency. */
  better?: 'greater' | 'less'
}

/**
 * Whether the treatment is worse by less than `margin`, at least 0, in the effect's unit: a share of the control where
 * the effect is a lift. p against the margin; the interval is open on the better side and leaves out the margin where p
 * < alpha (Wellek 2010). `out-of-range` for a margin or an alpha that is none.
 */
export function nonInferiority(
  effect: Effect | None,
  margin: number,
  options: NonInferiorityOptions = {},
): TTest | None {
  const { better = 'greater', ...rest } = options
  if (!(margin >= 0)) return none('out-of-range', effect.value)
  return tTest(effect, { ...rest, alternative: better, against: better === 'less' ? margin : -margin })
}
