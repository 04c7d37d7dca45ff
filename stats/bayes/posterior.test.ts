import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { difference } from '../effect/difference.js'
import type { Effect } from '../effect/effect.js'
import { lift } from '../effect/lift.js'
import type { Estimate } from '../estimate/estimate.js'
import { mean } from '../estimate/mean.js'
import { type None, none } from '../none.js'
import { normalQuantile } from '../tail/normal.js'
import { close, GOLDEN, golden, goldenPresent, ofSums } from '../testkit/golden.js'
import { type Posterior, type PosteriorOptions, posterior, rescaled } from './posterior.js'

const effect = (value: number, standardError: number): Effect => ({
  kind: 'effect',
  value,
  standardError,
  df: Infinity,
  n: 1000,
})
const of = (effect: Effect | None, options?: PosteriorOptions) => posterior(effect, options) as Posterior

interface Sample {
  type: string
  n: number
  sum: number
  sum_squares: number
  nu: number
  quantile_hat: number
  quantile_lower: number
  quantile_upper: number
}

/**
 * Their estimates: a proportion's variance by n, a quantile's from the ends of its 95 % interval of order statistics.
 */
function estimate(sample: Sample): Estimate {
  if (sample.type === 'mean') return mean(ofSums(sample)) as Estimate
  const { n, sum, quantile_hat, quantile_lower, quantile_upper } = sample
  const share = sum / n
  return sample.type === 'proportion'
    ? { kind: 'estimate', value: share, variance: (share * (1 - share)) / n, df: Infinity, n }
    : {
        kind: 'estimate',
        value: quantile_hat,
        variance: (((quantile_upper - quantile_lower) / 2 / normalQuantile(0.025)) ** 2 * (n - 1)) / n,
        df: Infinity,
        n,
      }
}

describe.skipIf(!goldenPresent)(GOLDEN, () => {
  test.each([
    'gb_bayes_prop_flat',
    'gb_bayes_mean_flat',
    'gb_df_count_bayes',
    'gb_bayes_quantile_improper_flat_abs',
    'gb_bayes_quantile_flat_abs',
    'gb_bayes_quantile_flat_rel',
    'gb_bayes_quantile_inf_abs',
    'gb_bayes_quantile_inf_rel',
  ])('%s', (id) => {
    const { inputs, executed } = golden(id)
    const apart = inputs.difference_type === 'relative' ? lift : difference
    const control = estimate(inputs.control)
    const effect = apart(control, estimate(inputs.treatment))
    // Their priors are of lifts.
    const prior = rescaled(inputs.prior ?? { mean: 0, variance: 1 }, apart === lift ? 1 : control.value)
    const found = of(effect, inputs.prior?.proper ? { prior } : {})
    const { mean, standardDeviation, chanceToWin, expectedLoss, ci } = found
    const answers = { expected: mean, uplift_stddev: standardDeviation, chanceToWin, ci }
    const flat = {
      ...answers,
      risk: [expectedLoss.control, expectedLoss.treatment],
      risk_treatment: expectedLoss.treatment,
    }
    for (const [name, value] of Object.entries(executed)) {
      const given = flat[name as keyof typeof flat]
      const [found, expected] = [[given].flat(), [value].flat()] as [number[], number[]]
      expect(found.length).toBe(expected.length)
      for (const [i, x] of expected.entries()) close(found[i]!, x)
    }
  })

  test.each(['gb_bayes_risk', 'gb_bayes_risk_extreme'])('%s', (id) => {
    const { inputs, executed } = golden(id)
    const { expectedLoss } = of(effect(inputs.mu, inputs.sigma))
    close(expectedLoss.control, executed[0])
    close(expectedLoss.treatment, executed[1])
  })
})

// mpmath, 40 digits: s npdf(m/s) + m ncdf(m/s), the same at -m, and ncdf(m/s).
test.each([
  [0.1, 0.05, 0.10042453513084149, 0.0004245351308414819, 0.9772498680518208],
  [-3, 1, 0.0003821543170477236, 3.0003821543170477, 0.0013498980316300946],
  [-20, 1, 1.3700124947295798e-90, 20, 2.7536241186062337e-89],
  [-37, 1, 1.5451991905122026e-301, 37, 5.725571222524577e-300],
  [5, 0.125, 5, 0, 1],
  [1e-9, 1, 0.3989422809014327, 0.3989422799014327, 0.5000000003989423],
])('%d ± %d: expected losses %d and %d, chance to win %d', (value, standardError, control, treatment, chance) => {
  const found = of(effect(value, standardError))
  close(found.expectedLoss.control, control)
  close(found.expectedLoss.treatment, treatment)
  close(found.chanceToWin, chance)
})

// mpmath: w = 1 / (1/s^2 + 1/v), mean w (x/s^2 + m/v), sd sqrt(w); losses as above; ends mean ± sd sqrt(2) erfinv(0.9).
test.each([
  {
    seen: [0.04, 0.02],
    prior: { mean: -0.01, variance: 0.0004 },
    expected: [0.015, 0.01414213562373095, 0.8555778168267576, 0.0160483225983774, 0.0010483225983774],
    ci: [-0.008261743073533482, 0.03826174307353348],
  },
  {
    seen: [-3, 0.5],
    prior: { mean: 1, variance: 1e12 },
    expected: [-2.999999999999, 0.4999999999999375, 9.86587645045293e-10, 7.817848979915517e-11, 3.0000000000771787],
    ci: [-3.8224268134746335, -2.1775731865233663],
  },
] as const)('a prior of $prior draws $seen', ({ seen, prior, expected, ci }) => {
  const found = of(effect(seen[0], seen[1]), { prior, alpha: 0.1 })
  const { control, treatment } = found.expectedLoss
  const answers = [found.mean, found.standardDeviation, found.chanceToWin, control, treatment, ...found.ci]
  for (const [i, x] of [...expected, ...ci].entries()) close(answers[i]!, x)
})

const value = fc.double({ min: -100, max: 100, noNaN: true })
const error = fc.double({ min: 0.01, max: 100, noNaN: true })
const prior = fc.record({ mean: value, variance: fc.double({ min: 0.01, max: 1000, noNaN: true }) })

test('swapping branches swaps the losses and mirrors the rest; the losses differ by the mean', () => {
  fc.assert(
    fc.property(value, error, prior, (value, error, prior) => {
      const found = of(effect(value, error), { prior })
      const swapped = of(effect(-value, error), { prior: { ...prior, mean: -prior.mean } })
      expect(swapped.expectedLoss).toEqual({
        control: found.expectedLoss.treatment,
        treatment: found.expectedLoss.control,
      })
      expect(swapped.ci).toEqual([0 - found.ci[1], 0 - found.ci[0]])
      expect(Math.abs(swapped.chanceToWin + found.chanceToWin - 1)).toBeLessThan(1e-12)
      const apart = found.expectedLoss.control - found.expectedLoss.treatment
      expect(Math.abs(apart - found.mean)).toBeLessThan(1e-12 * (Math.abs(found.mean) + found.standardDeviation))
    }),
  )
})

test('the posterior lies between prior and observation and is narrower than both', () => {
  fc.assert(
    fc.property(value, error, prior, (value, error, prior) => {
      const found = of(effect(value, error), { prior })
      expect(found.mean).toBeGreaterThanOrEqual(Math.min(value, prior.mean) - 1e-9)
      expect(found.mean).toBeLessThanOrEqual(Math.max(value, prior.mean) + 1e-9)
      expect(found.standardDeviation).toBeLessThanOrEqual(Math.min(error, Math.sqrt(prior.variance)))
    }),
  )
})

test('a prior on the metric’s scale means the same for the difference and, over the baseline, for the lift', () => {
  const exact: Estimate = { kind: 'estimate', value: -4, variance: 0, df: Infinity, n: 1000 }
  const treatment: Estimate = { kind: 'estimate', value: -3.8, variance: 0.01, df: Infinity, n: 1000 }
  const prior = { mean: 0.1, variance: 0.04 }
  const absolute = of(difference(exact, treatment), { prior })
  const relative = of(lift(exact, treatment), { prior: rescaled(prior, 1 / exact.value) })
  close(relative.mean * 4, absolute.mean)
  close(relative.standardDeviation * 4, absolute.standardDeviation)
  close(relative.chanceToWin, absolute.chanceToWin)
})

test('no effect, no posterior; an alpha or a prior that cannot be is out of range', () => {
  expect(posterior(none('zero-baseline'))).toEqual(none('zero-baseline'))
  expect(posterior(effect(1, 1), { alpha: 0 })).toMatchObject({ reason: 'out-of-range', value: 1 })
  expect(posterior(effect(1, 1), { prior: { mean: 0, variance: 0 } })).toMatchObject({ reason: 'out-of-range' })
})
