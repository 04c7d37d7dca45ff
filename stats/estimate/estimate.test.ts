import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { difference } from '../effect/difference.js'
import type { Effect } from '../effect/effect.js'
import { lift } from '../effect/lift.js'
import { jointFromRows } from '../joint.js'
import { fromBinary, fromValues } from '../moments.js'
import { none } from '../none.js'
import { close, GOLDEN, golden, goldenPresent, ofSums } from '../testkit/golden.js'
import { capped, percentile } from './capping.js'
import type { Estimate } from './estimate.js'
import { mean } from './mean.js'
import { type PostStratified, postStratified } from './post-stratification.js'
import { proportion } from './proportion.js'
import { type Around, clusteredRanks, quantile } from './quantile.js'
import { ratio } from './ratio.js'

const number = fc.double({ min: -100, max: 100, noNaN: true })

describe('proportion', () => {
  test('is the mean of ones and zeros, its variance (n − 1)/n of that', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 1e9 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
        const successes = Math.round(n * share)
        const [a, b] = [proportion(n, successes) as Estimate, mean(fromBinary(n, successes)) as Estimate]
        expect({ ...a, variance: 0 }).toEqual({ ...b, variance: 0 })
        close(a.variance, (b.variance * (n - 1)) / n, 1e-14)
      }),
    )
  })

  test.each([
    [0, 0, none('insufficient')],
    [1, 1, none('insufficient', 1)],
    [3, 4, none('out-of-range')],
    [3, -1, none('out-of-range')],
    [3, Number.NaN, none('out-of-range')],
  ])('%d users, %d successes', (n, successes, expected) => {
    expect(proportion(n, successes)).toEqual(expected)
  })
})

describe('ratio', () => {
  // R: x <- c(3, 0, 7, 2, 9); y <- c(2, 1, 4, 2, 3); z <- (x - mean(x) / mean(y) * y) / mean(y); var(z) / 5.
  test('variance by its linear part, user by user', () => {
    const rows = [3, 0, 7, 2, 9].map((x, i) => [x, [2, 1, 4, 2, 3][i]!])
    const r = ratio(jointFromRows(rows)) as Estimate
    close(r.value, 1.75)
    close(r.variance, 0.17035590277777776)
    expect([r.df, r.n]).toEqual([4, 5])
  })

  test('over a denominator of 1 a user it is the mean', () => {
    fc.assert(
      fc.property(fc.array(number, { minLength: 2, maxLength: 30 }), (values) => {
        const [a, b] = [
          ratio(jointFromRows(values.map((v) => [v, 1]))) as Estimate,
          mean(fromValues(values)) as Estimate,
        ]
        expect(Math.abs(a.value - b.value)).toBeLessThan(1e-12)
        expect(Math.abs(a.variance - b.variance)).toBeLessThan(1e-9)
      }),
    )
  })

  test('a numerator that is a multiple of the denominator has a ratio without variance', () => {
    expect(ratio(jointFromRows([0.1, 0.7, 2.3, 1].map((x) => [3 * x, x])))).toMatchObject({ variance: 0 })
  })

  test.each([
    ['no one', [], none('insufficient')],
    ['one user', [[6, 3]], none('insufficient', 2)],
    [
      'no denominator',
      [
        [1, 0],
        [2, 0],
      ],
      none('insufficient'),
    ],
    [
      'nothing at all',
      [
        [0, 0],
        [0, 0],
      ],
      none('insufficient'),
    ],
  ])('%s', (_, rows, expected) => {
    expect(ratio(jointFromRows(rows))).toEqual(expected)
  })
})

describe('capping', () => {
  // numpy 1.24: np.percentile([3, 1, 4, 1, 5, 9, 2, 6], q) for q = 0, 10, 50, 95, 100.
  test.each([
    [0, 1],
    [0.1, 1],
    [0.5, 3.5],
    [0.95, 7.949999999999999],
    [1, 9],
  ])('the %d percentile', (p, expected) => {
    close(percentile([3, 1, 4, 1, 5, 9, 2, 6], p)!, expected, 1e-14)
  })

  test('none of nothing, or outside 0 to 1', () => {
    expect([percentile([], 0.5), percentile([1], 1.1), percentile([1], -0.1), percentile([1], Number.NaN)]).toEqual([
      null,
      null,
      null,
      null,
    ])
  })

  test('counts what is above the cap as the cap', () => {
    expect(capped([1, 50, 3, Infinity], 4)).toEqual(fromValues([1, 4, 3, 4]))
  })
})

describe('post-stratification', () => {
  test.skipIf(!goldenPresent)(`${GOLDEN}: gb_poststrat_count_relative`, () => {
    const { inputs, executed } = golden('gb_poststrat_count_relative')
    // biome-ignore lint/suspicious/noExplicitAny: as the case has them.
    const strata = inputs.strata.map(({ control, treatment }: any) => ({
      control: mean(ofSums(control)),
      treatment: mean(ofSums(treatment)),
    }))
    const { control, treatment, covariance } = postStratified(strata) as PostStratified
    const effect = lift(control, treatment, covariance) as Effect
    close(effect.value, executed.point_estimate)
    close(effect.standardError, executed.standard_error)
  })

  const of = (value: number, variance: number, n: number): Estimate => ({
    ...{ kind: 'estimate', value, variance, df: n - 1, n },
  })

  test('weights by users of both branches, and counts the weights’ own variance', () => {
    const { control, treatment, covariance } = postStratified([
      { control: of(1, 0.1, 20), treatment: of(2, 0.2, 10) },
      { control: of(5, 0.3, 30), treatment: of(5, 0.1, 40) },
    ]) as PostStratified
    // By hand: weights 0.3 and 0.7; means 3.8 and 4.1; between strata 0.21 × 4 × 4, 3 × 3 and 4 × 3, over 100 users.
    close(control.value, 3.8)
    close(treatment.value, 4.1)
    close(control.variance, 0.009 + 0.147 + 0.0336)
    close(treatment.variance, 0.018 + 0.049 + 0.0189)
    close(covariance, 0.0252)
    close(control.df, 0.156 ** 2 / (0.009 ** 2 / 19 + 0.147 ** 2 / 29))
    expect([control.n, treatment.n]).toEqual([50, 50])
  })

  test('undoes what a ramp’s drift would feign: the same effect in each phase is the effect', () => {
    const { control, treatment, covariance } = postStratified([
      { control: of(10, 1e-4, 9900), treatment: of(11, 1e-2, 100) },
      { control: of(20, 1e-3, 5000), treatment: of(21, 1e-3, 5000) },
    ]) as PostStratified
    const effect = difference(control, treatment, covariance) as Effect
    close(effect.value, 1, 1e-14)
    close(effect.standardError, Math.sqrt((1e-4 + 1e-2 + 2e-3) / 4), 1e-12)
  })

  test('one stratum is itself; one without a branch is left out', () => {
    const [control, treatment] = [of(1, 0.1, 20), of(2, 0.2, 10)]
    const found = postStratified([
      { control, treatment },
      { control: of(9, 1, 99), treatment: none('insufficient') },
      { control: none('insufficient', 3), treatment: of(9, 1, 99) },
    ])
    expect(found).toEqual({ kind: 'post-stratified', control, treatment, covariance: 0 })
  })

  test('nothing to compare', () => {
    const expected = { kind: 'none', reason: 'insufficient', value: null }
    expect(postStratified([])).toEqual(expected)
    expect(postStratified([{ control: none('insufficient'), treatment: of(1, 1, 5) }])).toEqual(expected)
  })

  test('strata without variance have none together', () => {
    const { control, treatment, covariance } = postStratified([
      { control: of(1, 0, 20), treatment: of(1, 0, 10) },
    ]) as PostStratified
    expect(difference(control, treatment, covariance)).toMatchObject({ kind: 'none', reason: 'no-variance' })
    const one = postStratified([{ control: of(1, 0, 20), treatment: of(1, 1, 10) }]) as PostStratified
    close((difference(one.control, one.treatment) as Effect).df, 9)
  })
})

describe('quantile', () => {
  test.skipIf(!goldenPresent).each(['gb_bayes_quantile_improper_flat_abs', 'gb_bayes_quantile_flat_rel'])(
    `${GOLDEN}: %s`,
    (id) => {
      const { inputs, executed } = golden(id)
      // biome-ignore lint/suspicious/noExplicitAny: as the case has them.
      const of = (i: any) => {
        // They read at n_star events and take the share's variance with (n − 1) / n.
        const reach = 1.959963984540054 * Math.sqrt(i.n_star * i.nu * (1 - i.nu))
        const ranks: Around = { low: i.n * i.nu - reach, at: i.n * i.nu, high: i.n * i.nu + reach }
        const share = proportion(i.n, i.n * i.nu) as Estimate
        const theirs = { ...share, variance: (share.variance * (i.n - 1)) / i.n }
        return quantile(ranks, { low: i.quantile_lower, at: i.quantile_hat, high: i.quantile_upper }, i.n, theirs)
      }
      const compare = inputs.difference_type === 'relative' ? lift : difference
      const effect = compare(of(inputs.control), of(inputs.treatment)) as Effect
      // The relative case has a prior of variance 1e6, which takes 1e-10 off.
      close(effect.value, executed.expected)
      close(1.959963984540054 * effect.standardError, (executed.ci[1] - executed.ci[0]) / 2)
    },
  )

  test('ranks of the median of 100 events: 50 ∓ 1.96 × 5', () => {
    expect(clusteredRanks(0.5, 100, proportion(100, 50))).toEqual({ low: 40, at: 50, high: 60 })
  })

  test('users of many events reach further, by the share’s own variance', () => {
    // Ten users of ten events, all under the median or all above it, count as ten.
    const share = ratio(jointFromRows(Array.from({ length: 10 }, (_, i) => [i < 5 ? 10 : 0, 10])))
    const { low, high } = clusteredRanks(0.5, 100, share) as Around
    // By hand: 100 × (0.5 ∓ 1.96 × sqrt(0.25 / 9)).
    expect([low, high]).toEqual([17, 83])
  })

  test('evenly spaced values: the share’s standard error by their spacing', () => {
    const share = proportion(10_000, 9_000) as Estimate
    const ranks = clusteredRanks(0.9, 10_000, share) as Around
    const values = { low: ranks.low * 0.02, at: ranks.at * 0.02, high: ranks.high * 0.02 }
    const q = quantile(ranks, values, 10_000, share) as Estimate
    close(q.value, 180)
    close(q.variance, 200 ** 2 * share.variance)
    expect([q.n, q.df]).toEqual([10_000, 9_999])
  })

  test.each([
    [0, 100, proportion(100, 50), 'out-of-range'],
    [1, 100, proportion(100, 50), 'out-of-range'],
    [Number.NaN, 100, proportion(100, 50), 'out-of-range'],
    [0.99, 100, proportion(100, 99), 'insufficient'],
    [0.5, 1, proportion(1, 1), 'insufficient'],
    [0.01, 100, proportion(100, 1), 'insufficient'],
  ] as const)('no ranks for p %d of %d events', (p, events, share, reason) => {
    expect(clusteredRanks(p, events, share)).toMatchObject({ kind: 'none', reason })
  })

  test('the same value on both sides has no variance', () => {
    const share = proportion(100, 50) as Estimate
    expect(quantile({ low: 40, at: 50, high: 60 }, { low: 7, at: 7, high: 7 }, 100, share)).toEqual(
      none('no-variance', 7),
    )
  })
})
