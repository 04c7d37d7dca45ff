import { difference } from '../effect/difference.js'
import type { Estimate } from '../estimate/estimate.js'
import type { Inference } from '../inference.js'
import { type None, none } from '../none.js'
import { studentQuantile } from '../tail/student.js'
import { tTest } from './t-test.js'

/** `ci` spans the set of lifts not rejected; where that is no interval, it is (−∞, ∞). */
export type Fieller = Inference &
  (
    | { readonly set: 'interval' }
    /** All lifts but those between these two. */
    | { readonly set: 'complement'; readonly excluded: readonly [number, number] }
    /** The data rule out no lift at all. */
    | { readonly set: 'line' }
  )

export interface FiellerOptions {
  /** In (0, 1). */
  alpha?: number
  /** Of the two estimates. */
  covariance?: number
}

/**
 * The lifts (T − C) / |C| that a test of T − (1 + lift) C does not reject (Fieller 1954): right where the control is
 * near 0, where `lift` is not. No interval where the control itself is not significantly other than 0; then the sign of
 * the set is that of the control's estimate. p is that of the difference: below alpha exactly where the set leaves out
 * 0. Ends within 1e-12 of their size plus the width, less where the control is just significant. `zero-baseline` for a
 * control of exactly 0, `no-variance` and `insufficient` as `difference`.
 */
export function fieller(
  control: Estimate | None,
  treatment: Estimate | None,
  options: FiellerOptions = {},
): Fieller | None {
  const { alpha = 0.05, covariance = 0 } = options
  if (control.kind === 'none') return none(control.reason)
  if (treatment.kind === 'none') return none(treatment.reason)
  const test = tTest(difference(control, treatment, covariance), { alpha })
  if (test.kind === 'none') return none(test.reason)
  const base = control.value
  const lift = test.effect / Math.abs(base)
  if (!Number.isFinite(lift)) return none('zero-baseline')
  const inference = { ...test, effect: lift }
  // The lifts x with (1 − g) x² − 2 b x + c ≤ 0, in shares of the control, with its sign.
  const [g, scatter, shared] = [control.variance, treatment.variance, covariance].map(
    (v) => (studentQuantile(alpha / 2, test.df) / base) ** 2 * v,
  ) as [number, number, number]
  const ratio = treatment.value / base
  const b = test.effect / base + g - shared
  const c = (test.ci[0] / base) * (test.ci[1] / base)
  const discriminant = scatter * (1 - g) + ratio * (ratio * g - 2 * shared) + shared * shared
  if (g > 1 && !(discriminant > 0)) return { ...inference, ci: [-Infinity, Infinity], set: 'line' }
  // The root that does not cancel first; the other from the product of both.
  const far = b + (b < 0 ? -1 : 1) * Math.sqrt(Math.max(0, discriminant))
  const [low, high] = [far / (1 - g), c / far].map((x) => x * Math.sign(base)).sort((x, y) => x - y) as [number, number]
  return g > 1
    ? { ...inference, ci: [-Infinity, Infinity], set: 'complement', excluded: [low, high] }
    : { ...inference, ci: [low, high], set: 'interval' }
}
