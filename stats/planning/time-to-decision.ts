import type { Effect } from '../effect/effect.js'
import { type None, none } from '../none.js'
import type { Design } from './design.js'
import { sampleSize } from './sample-size.js'

export interface Traffic {
  /** New users of both branches a day. */
  readonly usersPerDay: number
  /** The effect to be found; the present estimate if not given. */
  readonly effect?: number
  readonly power?: number
}

/**
 * Days until a design finds the effect with that power if traffic goes on as it is and users stay as variable as so far; 0
 * where the sample is in. A plan, not a promise: the present estimate is itself uncertain, and the looks so far are not
 * conditioned on. `out-of-range` without traffic and as `sampleSize`.
 */
export function timeToDecision(design: Design, soFar: Effect | None, traffic: Traffic): number | None {
  if (soFar.kind === 'none') return soFar
  const { usersPerDay, effect = soFar.value, power } = traffic
  if (!(usersPerDay > 0)) return none('out-of-range', soFar.value)
  const spread = soFar.standardError * Math.sqrt(soFar.n)
  const needed = sampleSize(design, effect, () => spread, power)
  return typeof needed === 'number' ? Math.max(0, needed - soFar.n) / usersPerDay : needed
}
