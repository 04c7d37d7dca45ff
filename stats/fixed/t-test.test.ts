import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { difference } from '../effect/difference.js'
import type { Effect } from '../effect/effect.js'
import { lift } from '../effect/lift.js'
import { capped, percentile } from '../estimate/capping.js'
import type { Estimate } from '../estimate/estimate.js'
import { mean } from '../estimate/mean.js'
import { proportion } from '../estimate/proportion.js'
import type { Alternative } from '../inference.js'
import { fromValues, type Moments, variance } from '../moments.js'
import { none } from '../none.js'
import { close, GOLDEN, golden, goldenPresent, ofSums } from '../testkit/golden.js'
import { type TTest, tTest } from './t-test.js'

const shared = new URL('../../../shared/', import.meta.url)
const present = existsSync(new URL('golden/cookie_cats.expected.json', shared))

/** One column of the real test, by branch. */
function cookieCats(column: number): [number[], number[]] {
  const rows = readFileSync(new URL('data/cookie_cats.csv', shared), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(','))
  const number = (text: string) => (text === 'TRUE' ? 1 : text === 'FALSE' ? 0 : Number(text))
  const of = (branch: string) => rows.filter((r) => r[1] === branch).map((r) => number(r[column]!))
  return [of('gate_30'), of('gate_40')]
}

// The data stays outside the repository; without it there is nothing to hold the numbers against.
describe.skipIf(!present)('Cookie Cats, against SciPy (needs ../shared/data and ../shared/golden)', () => {
  const expected = present ? JSON.parse(readFileSync(new URL('golden/cookie_cats.expected.json', shared), 'utf8')) : {}

  test.each([
    ['sum_gamerounds', 2, undefined],
    ['sum_gamerounds_capped', 2, 0.999],
    ['retention_1', 3, undefined],
    ['retention_7', 4, undefined],
  ])('%s', (name, column, share) => {
    const values = cookieCats(column)
    const cap = share === undefined ? Infinity : percentile(values.flat(), share)!
    if (share !== undefined) close(cap, expected.cap)
    const [control, treatment] = values.map((v) => capped(v, cap)) as [Moments, Moments]
    const e = expected[name]
    close(control.mean, e.mean_c)
    close(treatment.mean, e.mean_t)
    close(variance(control)!, e.var_c)
    close(variance(treatment)!, e.var_t)
    const r = tTest(difference(mean(control), mean(treatment))) as TTest
    close(r.effect, e.diff)
    close(r.statistic, e.t)
    close(r.df, e.df)
    close(r.pValue, e.p)
    close(r.ci[0], e.ci[0])
    close(r.ci[1], e.ci[1])
    const relative = lift(mean(control), mean(treatment)) as Effect
    close(relative.value, e.rel)
    close(relative.standardError, e.se_rel_delta)
  })
})

describe.skipIf(!goldenPresent)(GOLDEN, () => {
  // biome-ignore lint/suspicious/noExplicitAny: proportions state no squares.
  const estimate = (i: any) => (i.type === 'proportion' ? proportion(i.n, i.sum) : mean(ofSums(i)))

  test.each([
    ['sp_ttest_us_control_test', difference, 'two-sided'],
    ['sp_ttest_gb_control_test2', difference, 'two-sided'],
    ['gb_OneSidedTreatmentGreaterTTest_absolute', difference, 'greater'],
    ['gb_OneSidedTreatmentLesserTTest_absolute', difference, 'less'],
    ['gb_OneSidedTreatmentGreaterTTest_relative', lift, 'greater'],
    ['gb_ttest_mean_rel', lift, 'two-sided'],
    ['gb_ttest_prop_rel', lift, 'two-sided'],
    ['ph_mean', lift, 'two-sided'],
    ['ph_prop', lift, 'two-sided'],
  ] as const)('effect, its interval and p: %s', (id, compare, alternative) => {
    const { inputs, executed } = golden(id)
    const effect = compare(estimate(inputs.control), estimate(inputs.treatment)) as Effect
    const r = tTest(effect, { alternative }) as TTest
    close(r.effect, executed.expected ?? executed.difference)
    close(r.ci[0], Number(executed.ci[0]))
    close(r.ci[1], Number(executed.ci[1]))
    close(r.pValue, executed.pValue)
    if ('uplift_stddev' in executed) close(effect.standardError, executed.uplift_stddev)
  })

  test('p alone: sp_ttest_pvalue', () => {
    const { inputs, executed } = golden('sp_ttest_pvalue')
    close((tTest(difference(estimate(inputs.control), estimate(inputs.treatment))) as TTest).pValue, executed)
  })

  test('means, lift and p: gb_df_count_freq', () => {
    const { inputs, executed } = golden('gb_df_count_freq')
    const [control, treatment] = [estimate(inputs.control), estimate(inputs.treatment)]
    close(control.value!, executed.cr_control)
    close(treatment.value!, executed.cr_treatment)
    const r = tTest(lift(control, treatment)) as TTest
    close(r.effect, executed.expected)
    close(r.pValue, executed.pValue)
  })
})

/** An effect t standard errors of 1 from 0, between two branches of n, so that df = 2n − 2. */
function apart(n: number, t: number): Effect {
  const of = (mean: number): Moments => ({ n, mean, m2: (n * (n - 1)) / 2 })
  return difference(mean(of(0)), mean(of(t))) as Effect
}

describe('far out', () => {
  // ln p by mpmath 1.3 at 60 digits: log of I_x(df/2, 1/2), x = df / (df + t²), from its 2F1 series.
  test.each([
    [2, 0.01, -0.0070960082626469944],
    [2, 5, -3.2767816881094167],
    [2, 40, -7.3786958715453554],
    [51, 10, -36.85124123380507],
    [51, 40, -144.161843126643],
    [501, 20, -171.29213548990828],
    [501, 40, -481.19351038303336],
    [5001, 5, -14.355022629238446],
    [5001, 37, -645.2996113856577],
    [500001, 2, -3.090031220098037],
    [500001, 10, -52.53558837056499],
    [500001, 37, -687.8686415454798],
  ])('n = %i a branch, %f sigma', (n, t, lnP) => {
    for (const sign of [1, -1]) {
      const r = tTest(apart(n, sign * t)) as TTest
      close(r.df, 2 * n - 2, 1e-14)
      close(r.lnP, lnP, 1e-12)
      close(r.pValue, Math.exp(lnP), 1e-11)
    }
  })

  test('a p below the least double, 1e-349, is 0 and keeps its logarithm', () => {
    const r = tTest(apart(500_001, 40)) as TTest
    expect(r).toMatchObject({ statistic: 40, pValue: 0 })
    // mpmath as above.
    close(r.lnP, -803.275177569782, 1e-12)
  })

  // Where the tails hold alpha, by mpmath as above.
  test.each([
    [2, 0.05, 4.302652729749464],
    [2, 0.001, 31.59905457644362],
    [2, 1e-6, 999.9992499998438],
    [51, 0.05, 1.9839715185235522],
    [51, 1e-6, 5.213727574230077],
  ])('n = %i a branch: an interval of alpha %d', (n, alpha, reach) => {
    const r = tTest(apart(n, 0), { alpha }) as TTest
    close(r.ci[1], reach, 1e-12)
    close(r.ci[0], -reach, 1e-12)
  })

  test('a mean of 1e9 beside a variance of 1', () => {
    const by = (shift: number) => {
      const [a, b] = [
        [1, 2, 3, 2],
        [4, 6, 5, 7],
      ].map((values) => mean(fromValues(values.map((v) => v + shift))))
      return tTest(difference(a!, b!)) as TTest
    }
    close(by(1e9).statistic, by(0).statistic)
    close(by(1e9).df, by(0).df)
  })
})

test.each([
  ['no effect', none('no-variance', 2), {}, none('no-variance', 2)],
  ['alpha 0', apart(9, 1), { alpha: 0 }, none('out-of-range', 1)],
  ['alpha 1', apart(9, 1), { alpha: 1 }, none('out-of-range', 1)],
  ['alpha NaN', apart(9, 1), { alpha: Number.NaN }, none('out-of-range', 1)],
  ['against infinity', apart(9, 1), { against: Infinity }, none('out-of-range', 1)],
] as const)('no answer rather than a wrong one: %s', (_, effect, options, expected) => {
  expect(tTest(effect, options)).toEqual(expected)
})

describe('as theory says', () => {
  const moments = fc
    .array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 3, maxLength: 30 })
    .map(fromValues)
    .filter((m) => m.m2 > 1e-3)
  const both = [moments.map(mean), moments.map(mean)] as const
  const alternatives = fc.constantFrom<Alternative>('two-sided', 'greater', 'less')
  const welch = (a: Estimate | { kind: 'none' }, b: Estimate | { kind: 'none' }, options = {}) =>
    tTest(difference(a as Estimate, b as Estimate), options) as TTest

  test('swapping the branches flips effect, interval and side, and keeps p', () => {
    fc.assert(
      fc.property(...both, alternatives, (a, b, alternative) => {
        const turned = { 'two-sided': 'two-sided', greater: 'less', less: 'greater' }[alternative]
        const [ab, ba] = [welch(a, b, { alternative }), welch(b, a, { alternative: turned })]
        // As sums, for equal values give +0 both ways.
        expect(ba.effect + ab.effect).toBe(0)
        expect(ba.lnP).toBe(ab.lnP)
        expect(-ba.ci[0]).toBe(ab.ci[1])
        expect(-ba.ci[1]).toBe(ab.ci[0])
      }),
    )
  })

  test('the interval leaves out a value exactly when p against it is below alpha', () => {
    fc.assert(
      fc.property(
        ...both,
        alternatives,
        fc.double({ min: -50, max: 50, noNaN: true }),
        (a, b, alternative, against) => {
          const { ci, pValue } = welch(a, b, { alternative, against })
          fc.pre(Math.abs(pValue - 0.05) > 1e-9)
          expect(ci[0] > against || ci[1] < against).toBe(pValue < 0.05)
        },
      ),
    )
  })

  test('both sides’ p add up to 1, and twice the lesser is the two-sided one', () => {
    fc.assert(
      fc.property(...both, (a, b) => {
        const [two, greater, less] = (['two-sided', 'greater', 'less'] as const).map(
          (alternative) => welch(a, b, { alternative }).pValue,
        ) as [number, number, number]
        close(greater + less, 1, 1e-14)
        close(two, 2 * Math.min(greater, less), 1e-13)
      }),
    )
  })

  test('scaling the values scales the effect and keeps its statistic; shifting them does not touch it', () => {
    fc.assert(
      fc.property(...both, (a, b) => {
        const plain = welch(a, b)
        const change = (by: number, shift: number) => {
          const to = (e: Estimate) => ({ ...e, value: e.value * by + shift, variance: e.variance * by * by })
          return welch(to(a as Estimate), to(b as Estimate))
        }
        for (const other of [change(1e-30, 0), change(1e30, 0), change(1, 1000)]) {
          expect(Math.abs(other.statistic - plain.statistic)).toBeLessThan(1e-9 * (1 + Math.abs(plain.statistic)))
          close(other.df, plain.df)
        }
      }),
    )
  })
})
