import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromBinary, fromValues, type Moments, variance } from './moments.js'
import { sampleRatio } from './sample-ratio.js'
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

  test('sample ratio', () => {
    const r = sampleRatio(golden.srm.n, [1, 1])
    close(r.chiSquared, golden.srm.chi2)
    close(r.pValue, golden.srm.p)
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

  test('one branch of a sample has nothing to compare, nor have branches of weight 0', () => {
    expect(sampleRatio([10], [1]).pValue).toBe(1)
    expect(sampleRatio([10, 12, 3], [1, 1, 0])).toEqual(sampleRatio([10, 12], [1, 1]))
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
        expect(ba.effect).toBe(-ab.effect)
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
