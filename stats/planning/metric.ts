/** What is known of a metric before a test: enough for the standard error that a number of users will give. */
export interface MetricPlan {
  /** The control's value. */
  readonly mean: number
  /** Variance of one user's value, by the branch's mean: constant, or `rate => rate * (1 - rate)` for a proportion. */
  readonly variance: number | ((mean: number) => number)
  /** Effects are shares of the control's value, as `lift` gives them; else in the metric's unit. */
  readonly relative?: boolean
  /** Share of the users of both branches in the treatment, in (0, 1); 1/2 if not given. */
  readonly treatmentShare?: number
  /** Share of the variance that a covariate explains, as CUPED leaves the rest: the squared correlation. */
  readonly explained?: number
}

/** Standard error of an effect of that size, times the square root of the users of both branches. */
export type Spread = (effect: number) => number

/** The spread of a mean's or proportion's difference, or of its lift by the delta method. NaN for means that cannot be. */
export function spreadOf(plan: MetricPlan): Spread {
  const { mean, variance, relative = false, treatmentShare = 0.5, explained = 0 } = plan
  const of = typeof variance === 'number' ? () => variance : variance
  return (effect) => {
    const treatment = relative ? mean + effect * Math.abs(mean) : mean + effect
    const ofControl = (of(mean) / (1 - treatmentShare)) * (relative ? (treatment / mean) ** 2 : 1)
    // Of two roots, since a rate that cannot be has a variance below 0.
    const both = Math.hypot(Math.sqrt(of(treatment) / treatmentShare), Math.sqrt(ofControl))
    return (both * Math.sqrt(1 - explained)) / (relative ? Math.abs(mean) : 1)
  }
}
