import type { Effect } from '../effect/effect.js'
import { type None, none } from '../none.js'
import { type TTest, tTest } from './t-test.js'

/**
 * Whether the effect lies between two limits, in its own unit: two one-sided tests (Schuirmann 1987), p the greater of
 * the two. The interval is that of 1 − 2 alpha, and lies between the limits exactly where p < alpha. `out-of-range` for
 * limits that are not finite and in order, or an alpha outside (0, 0.5).
 */
export function equivalence(effect: Effect | None, [low, high]: readonly [number, number], alpha = 0.05): TTest | None {
  if (!(low < high && alpha < 0.5)) return none('out-of-range', effect.value)
  const above = tTest(effect, { alpha, alternative: 'greater', against: low })
  const below = tTest(effect, { alpha, alternative: 'less', against: high })
  if (above.kind === 'none') return above
  if (below.kind === 'none') return below
  return { ...(above.lnP > below.lnP ? above : below), ci: [above.ci[0], below.ci[1]] }
}
