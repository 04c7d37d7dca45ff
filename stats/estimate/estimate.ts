/** What one branch says about a metric: the form in which means, proportions, ratios and quantiles are compared. */
export interface Estimate {
  readonly kind: 'estimate'
  /** In the metric's unit. */
  readonly value: number
  /** Of `value`, not of an observation: the standard error squared. */
  readonly variance: number
  /** Degrees of freedom of that variance; Infinity where it is taken as known. */
  readonly df: number
  /** Users. */
  readonly n: number
}
