import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromBinary, fromValues, type Moments, variance } from './moments.js'
import { type Estimate, welch } from './welch.js'

const shared = new URL('../../shared/', import.meta.url)
const present = existsSync(new URL('golden/cookie_cats.expected.json', shared))

function close(found: number, expected: number, tolerance = 1e-9) {
  expect(Math.abs(found - expected) / Math.abs(expected)).toBeLessThan(tolerance)
}

/** The moments of one column of the real test, by branch. */
function cookieCats(column: number): { control: Moments; treatment: Moments } {
  const rows = readFileSync(new URL('data/cookie_cats.csv', shared), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(','))
  const number = (text: string) => (text === 'TRUE' ? 1 : text === 'FALSE' ? 0 : Number(text))
  const of = (branch: string) => fromValues(rows.filter((r) => r[1] === branch).map((r) => number(r[column]!)))
  return { control: of('gate_30'), treatment: of('gate_40') }
}

// The data stays outside the repository; without it there is nothing to hold the numbers against.
describe.skipIf(!present)('Cookie Cats, against SciPy (needs ../shared/data and ../shared/golden)', () => {
  const golden = present ? JSON.parse(readFileSync(new URL('golden/cookie_cats.expected.json', shared), 'utf8')) : {}

  test.each([
    ['sum_gamerounds', 2],
    ['retention_1', 3],
    ['retention_7', 4],
  ])('%s', (name, column) => {
    const expected = golden[name]
    const { control, treatment } = cookieCats(column)
    const r = welch(control, treatment) as Estimate
    close(control.mean, expected.mean_c)
    close(treatment.mean, expected.mean_t)
    close(variance(control)!, expected.var_c)
    close(variance(treatment)!, expected.var_t)
    close(r.effect, expected.diff)
    close(r.t, expected.t)
    close(r.df, expected.df)
    close(r.pValue, expected.p)
    close(r.ci[0], expected.ci[0])
    close(r.ci[1], expected.ci[1])
    close(r.relative!, expected.rel)
    const reach = (r.ci[1] - r.ci[0]) / 2 / r.standardError
    close((r.relativeCi![1] - r.relativeCi![0]) / 2 / reach, expected.se_rel_delta)
  })
})

interface Case {
  id: string
  inputs: { control: Summary; treatment: Summary }
  executed: { expected?: number; difference?: number; ci: [number, number]; pValue: number }
}
type Summary = { n: number; sum: number; sum_squares: number }

const of = ({ n, sum, sum_squares }: Summary): Moments => ({ n, mean: sum / n, m2: sum_squares - (sum * sum) / n })

describe.skipIf(!present)('other engines’ own tests (needs ../shared/golden)', () => {
  const cases: Case[] = present ? JSON.parse(readFileSync(new URL('golden/statistics.json', shared), 'utf8')) : []
  const named = (id: string) => cases.find((c) => c.id === id)!

  test.each(['sp_ttest_us_control_test', 'sp_ttest_gb_control_test2'])('effect, its interval and p: %s', (id) => {
    const { inputs, executed } = named(id)
    const r = welch(of(inputs.control), of(inputs.treatment)) as Estimate
    close(r.effect, executed.difference!)
    close(r.ci[0], executed.ci[0])
    close(r.ci[1], executed.ci[1])
    close(r.pValue, executed.pValue)
  })

  // Their p is that of the lift, ours that of the effect; the lift and its interval are the same.
  test.each(['gb_ttest_mean_rel', 'ph_mean'])('lift and its interval: %s', (id) => {
    const { inputs, executed } = named(id)
    const r = welch(of(inputs.control), of(inputs.treatment)) as Estimate
    close(r.relative!, executed.expected!)
    close(r.relativeCi![0], executed.ci[0])
    close(r.relativeCi![1], executed.ci[1])
  })
})

/** Two branches of n whose effect is t standard errors of 1, so that df = 2n − 2. */
function apart(n: number, t: number): [Moments, Moments] {
  const m2 = (n * (n - 1)) / 2
  return [
    { n, mean: 0, m2 },
    { n, mean: t, m2 },
  ]
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
      const r = welch(...apart(n, sign * t)) as Estimate
      close(r.df, 2 * n - 2, 1e-14)
      close(r.pValue, Math.exp(lnP), 1e-11)
    }
  })

  test('a p below the least double, 1e-349, is 0', () => {
    expect(welch(...apart(500_001, 40))).toMatchObject({ t: 40, pValue: 0 })
  })

  // Where the tails hold alpha, by mpmath as above.
  test.each([
    [2, 0.05, 4.302652729749464],
    [2, 0.001, 31.59905457644362],
    [2, 1e-6, 999.9992499998438],
    [51, 0.05, 1.9839715185235522],
    [51, 1e-6, 5.213727574230077],
  ])('n = %i a branch: an interval of alpha %d', (n, alpha, reach) => {
    const r = welch(...apart(n, 0), { alpha }) as Estimate
    close(r.ci[1], reach, 1e-12)
    close(r.ci[0], -reach, 1e-12)
  })

  test('a mean of 1e9 beside a variance of 1', () => {
    const near = (values: number[]) => welch(fromValues(values), fromValues([4, 6, 5, 7])) as Estimate
    const far = (values: number[]) =>
      welch(fromValues(values.map((v) => v + 1e9)), fromValues([4, 6, 5, 7].map((v) => v + 1e9))) as Estimate
    const values = [1, 2, 3, 2]
    close(far(values).t, near(values).t)
    close(far(values).df, near(values).df)
  })
})

describe('no answer rather than a wrong one', () => {
  const five = fromValues([1, 2, 3, 4, 5])
  test.each([
    ['no one in the control', fromValues([]), five, { kind: 'none', reason: 'insufficient', effect: null }],
    ['one user', fromValues([3]), five, { kind: 'none', reason: 'insufficient', effect: 0 }],
    ['everyone alike', fromBinary(9, 9), fromBinary(7, 7), { kind: 'none', reason: 'no-variance', effect: 0 }],
    ['no conversions at all', fromBinary(9, 0), fromBinary(7, 0), { kind: 'none', reason: 'no-variance', effect: 0 }],
  ])('%s', (_, control, treatment, expected) => {
    expect(welch(control, treatment)).toEqual(expected)
  })

  test('a control of mean zero has an effect and no relative lift', () => {
    expect(welch(fromBinary(9, 0), fromBinary(7, 2))).toMatchObject({
      kind: 'estimate',
      relative: null,
      relativeCi: null,
    })
  })

  // The squared ratio of the means overflows in the first, the lift itself in the second.
  test.each([
    ['1e-200: a lift', 1e-200, { relative: 2e200 }],
    ['the least double: no lift', 5e-324, { relative: null, relativeCi: null }],
  ])('a control of mean %s', (_, mean, expected) => {
    const r = welch(fromValues([mean, mean]), fromValues([1, 2, 3])) as Estimate
    expect(r).toMatchObject(expected)
    for (const n of [r.pValue, ...r.ci, ...(r.relativeCi ?? [])]) expect(n).not.toBeNaN()
  })
})

describe('as theory says', () => {
  const moments = fc
    .array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 3, maxLength: 30 })
    .map(fromValues)
    .filter((m) => m.m2 > 1e-3)
  const both = [moments, moments] as const

  test('swapping the branches flips the effect and the interval and keeps p', () => {
    fc.assert(
      fc.property(...both, (a, b) => {
        const ab = welch(a, b) as Estimate
        const ba = welch(b, a) as Estimate
        // As a sum, for equal means give +0 both ways.
        expect(ba.effect + ab.effect).toBe(0)
        expect(ba.pValue).toBe(ab.pValue)
        expect(ba.ci[0]).toBeCloseTo(-ab.ci[1], 9)
      }),
    )
  })

  test('the interval leaves zero out exactly when p is below alpha', () => {
    fc.assert(
      fc.property(...both, (a, b) => {
        const { ci, pValue } = welch(a, b) as Estimate
        fc.pre(Math.abs(pValue - 0.05) > 1e-9)
        expect(ci[0] > 0 || ci[1] < 0).toBe(pValue < 0.05)
      }),
    )
  })

  test('scaling the values scales the effect and keeps t', () => {
    fc.assert(
      fc.property(...both, (a, b) => {
        const scaled = (m: Moments) => ({ n: m.n, mean: m.mean * 1e-30, m2: m.m2 * 1e-60 })
        const plain = welch(a, b) as Estimate
        const small = welch(scaled(a), scaled(b)) as Estimate
        expect(Math.abs(small.t - plain.t)).toBeLessThan(1e-9 * (1 + Math.abs(plain.t)))
        expect(Math.abs(small.df - plain.df) / plain.df).toBeLessThan(1e-9)
      }),
    )
  })
})
