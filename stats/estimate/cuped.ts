import type { Effect } from '../effect/effect.js'
import { asShare } from '../effect/lift.js'
import { covarianceOfMeans, type Joint, mergeJoint } from '../joint.js'
import { type None, none } from '../none.js'
import type { Estimate } from './estimate.js'
import { ratioGradient } from './ratio.js'

/**
 * Two branches' metric as if the treatment's users had had the control's covariate: the same effect with less noise.
 */
export interface Cuped {
  readonly kind: 'cuped'
  /** Units of the metric by which a unit of the covariate is taken to move it. */
  readonly theta: number
  /** The value observed, with the variance that the covariate leaves. */
  readonly control: Estimate
  readonly treatment: Estimate
  /** As a share of the control's value observed, whose own variance counts in full. */
  readonly lift: Effect | None
}

/** A function of a branch's means: its value and its gradient by all of them. */
interface Part {
  readonly value: number
  readonly gradient: readonly number[]
}

interface Branch {
  readonly joint: Joint
  readonly metric: Part
  readonly covariate: Part
}

/** The mean or ratio of the variables from `from` on, which are half of them. */
function part({ means }: Joint, from: number): Part {
  const [a, b] = means.slice(from, from + means.length / 2) as [number, number?]
  const own = b === undefined ? [1] : ratioGradient(a, b)
  return { value: b === undefined ? a : a / b, gradient: means.map((_, i) => own[i - from] ?? 0) }
}

const branch = (joint: Joint): Branch => ({
  joint,
  metric: part(joint, 0),
  covariate: part(joint, joint.means.length / 2),
})

/** Variance of `by` metrics less `theta` covariates, which count for nothing at 0 even where they are not defined. */
const left = ({ joint, metric, covariate }: Branch, by: number, theta: number) =>
  covarianceOfMeans(
    joint,
    metric.gradient.map((g, i) => by * g - (theta * covariate.gradient[i]! || 0)),
  )

/** Covariance of the covariate with the metric, or its own variance. */
const shared = ({ joint, covariate }: Branch, other: Part) =>
  covarianceOfMeans(joint, covariate.gradient, other.gradient)

/**
 * The slope of the metric over the covariate: for means over all users together (Deng et al. 2013, eq. 4), for ratios
 * the one that leaves their difference the least variance. 0 where a branch's covariate does not vary.
 */
function slope(c: Branch, t: Branch): number {
  const [own, other] = [shared(c, c.covariate), shared(t, t.covariate)]
  if (!(own > 0 && other > 0)) return 0
  const { means, co } = mergeJoint(c.joint, t.joint)
  return means.length === 2 ? co[0]![1]! / co[1]![1]! : (shared(c, c.metric) + shared(t, t.metric)) / (own + other)
}

/**
 * CUPED: takes out of a metric what its users' covariate from before the test foretells (Deng, Xu, Kohavi and Walker
 * 2013; ratios by its appendix B). Variables: of a mean or proportion the metric and the covariate; of a ratio
 * numerator and denominator, and the two from before. Give `difference` the two estimates, and take the lift from here.
 * `theta`, unless known from other data, is the slope over both branches, and 0, so that nothing is adjusted, where the
 * covariate of one does not vary. Estimating it biases by O(1/n). `insufficient` below two users, or for a denominator
 * of 0.
 */
export function cuped(control: Joint, treatment: Joint, theta?: number): Cuped | None {
  if (!(control.n > 1 && treatment.n > 1)) return none('insufficient')
  const [c, t] = [branch(control), branch(treatment)]
  const by = theta ?? slope(c, t)
  const estimate = (b: Branch, value: number): Estimate => {
    const { n } = b.joint
    return { kind: 'estimate', value, variance: left(b, 1, by), df: n - 1, n }
  }
  const base = estimate(c, c.metric.value)
  const adjusted = estimate(t, t.metric.value - (by * (t.covariate.value - c.covariate.value) || 0))
  if (!Number.isFinite(base.value + base.variance + adjusted.value + adjusted.variance)) return none('insufficient')
  // For means the covariate's part, 0 in expectation, stays out of the gradient: the same to first order.
  const ratio = (control.means.length === 2 ? t.metric.value : adjusted.value) / base.value
  return {
    ...{ kind: 'cuped', theta: by, control: base, treatment: adjusted },
    lift: asShare(base, adjusted, adjusted.variance + left(c, ratio, by)),
  }
}
