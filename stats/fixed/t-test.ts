import type { Effect } from '../effect/effect.js'
import { type Inference, type InferenceOptions, interval, towards } from '../inference.js'
import { type None, none } from '../none.js'
import { lnStudentTail, studentQuantile } from '../tail/student.js'

export interface TTest extends Inference {
  readonly statistic: number
  readonly df: number
}

/**
 * Student's test of an effect against 0, or another value, Welch's where its `df` are Welch's (Welch 1947), a z-test
 * where they are infinite: one look at a sample whose size was settled beforehand. Not valid when looked at again and
 * again. Tails are computed directly: p within 1e-12 relative, ln p within 1e-12 where p underflows. `out-of-range` for
 * an alpha outside (0, 1) or an infinite `against`.
 */
export function tTest(effect: Effect | None, options: InferenceOptions & { against?: number } = {}): TTest | None {
  const { alpha = 0.05, alternative = 'two-sided', against = 0 } = options
  if (effect.kind === 'none') return effect
  const { value, standardError, df } = effect
  if (!(alpha > 0 && alpha < 1 && Number.isFinite(against))) return none('out-of-range', value)
  const twoSided = alternative === 'two-sided'
  const statistic = (value - against) / standardError
  const lnP = Math.min(0, lnStudentTail(towards(statistic, alternative), df) + (twoSided ? Math.LN2 : 0))
  const reach = studentQuantile(twoSided ? alpha / 2 : alpha, df) * standardError
  return {
    kind: 'inference',
    effect: value,
    statistic,
    df,
    pValue: Math.exp(lnP),
    lnP,
    ci: interval(value, reach, alternative),
  }
}
