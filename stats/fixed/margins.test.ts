import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Effect } from '../effect/effect.js'
import { lift } from '../effect/lift.js'
import { mean } from '../estimate/mean.js'
import { none } from '../none.js'
import { close } from '../testkit/golden.js'
import { equivalence } from './equivalence.js'
import { nonInferiority } from './non-inferiority.js'
import { type TTest, tTest } from './t-test.js'

const effect: Effect = { kind: 'effect', value: -0.3, standardError: 0.2, df: 57.3, n: 60 }

// Rscript: pt((-0.3 + 0.5) / 0.2, 57.3, lower = FALSE), pt((-0.3 - 0.5) / 0.2, 57.3), -0.3 -+ qt(0.95, 57.3) * 0.2, 16
// digits.
describe('against R’s t', () => {
  test('not worse by 0.5, higher is better', () => {
    const r = nonInferiority(effect, 0.5) as TTest
    close(r.pValue, 0.1607574524518659)
    close(r.ci[0], -0.634376855441906)
    expect(r.ci[1]).toBe(Infinity)
    close(r.statistic, 1, 1e-14)
    expect(r.effect).toBe(-0.3)
  })

  test('not worse by 0.5, lower is better', () => {
    const r = nonInferiority(effect, 0.5, { better: 'less' }) as TTest
    close(r.pValue, 9.186179261265412e-5)
    close(r.ci[1], 0.034376855441906)
    expect(r.ci[0]).toBe(-Infinity)
  })

  test('within 0.5 either way: the greater of the two', () => {
    const r = equivalence(effect, [-0.5, 0.5]) as TTest
    close(r.pValue, 0.1607574524518659)
    close(r.ci[0], -0.634376855441906)
    close(r.ci[1], 0.034376855441906)
  })
})

test('40 sigma from the margin, with its logarithm', () => {
  // mpmath: log(erfc(40 / sqrt(2)) / 2).
  const sure = { ...effect, value: 0, standardError: 0.01, df: Infinity }
  close((nonInferiority(sure, 0.4) as TTest).lnP, -804.6084420137538)
  close((equivalence(sure, [-0.4, 0.4]) as TTest).lnP, -804.6084420137538)
})

test('a margin that is a share of the control goes with a lift', () => {
  const moments = (mean: number) => ({ n: 1000, mean, m2: 999 })
  const share = lift(mean(moments(-10)), mean(moments(-10.1)))
  // 1 % worse than −10: by 10 times its standard error (0.0045) less than 5.5 %.
  expect((nonInferiority(share, 0.055) as TTest).pValue).toBeLessThan(1e-15)
  expect((nonInferiority(share, 0.005) as TTest).pValue).toBeGreaterThan(0.8)
})

const effects = fc.record({
  kind: fc.constant('effect' as const),
  value: fc.double({ min: -3, max: 3, noNaN: true }),
  standardError: fc.double({ min: 0.01, max: 2, noNaN: true }),
  df: fc.double({ min: 1, max: 1e6, noNaN: true }),
  n: fc.constant(10),
})
const margins = fc.double({ min: 0, max: 2, noNaN: true })
const sides = fc.constantFrom('greater', 'less') as fc.Arbitrary<'greater' | 'less'>

describe('as theory says', () => {
  test('non-inferior exactly where the interval leaves out the margin; a wider margin never harms', () => {
    fc.assert(
      fc.property(effects, margins, margins, sides, (e, margin, more, better) => {
        const r = nonInferiority(e, margin, { better }) as TTest
        expect((nonInferiority(e, margin + more, { better }) as TTest).lnP).toBeLessThanOrEqual(r.lnP)
        fc.pre(Math.abs(r.pValue - 0.05) > 1e-9)
        expect(better === 'greater' ? r.ci[0] > -margin : r.ci[1] < margin).toBe(r.pValue < 0.05)
      }),
    )
  })

  test('a margin of 0 is the one-sided test', () => {
    fc.assert(
      fc.property(effects, (e) => {
        fc.pre(e.value !== 0)
        expect(nonInferiority(e, 0)).toEqual(tTest(e, { alternative: 'greater' }))
      }),
    )
  })

  test('equivalent exactly where the interval lies within the limits; turning the effect changes nothing', () => {
    fc.assert(
      fc.property(effects, margins, margins, (e, low, high) => {
        fc.pre(low + high > 0)
        const r = equivalence(e, [-low, high]) as TTest
        expect((equivalence({ ...e, value: -e.value }, [-high, low]) as TTest).lnP).toBe(r.lnP)
        fc.pre(Math.abs(r.pValue - 0.05) > 1e-9)
        expect(r.ci[0] > -low && r.ci[1] < high).toBe(r.pValue < 0.05)
      }),
    )
  })
})

describe('no answer', () => {
  test.each([
    [effect, -1, {}, 'out-of-range'],
    [effect, Number.NaN, {}, 'out-of-range'],
    [effect, Infinity, {}, 'out-of-range'],
    [effect, 1, { alpha: 2 }, 'out-of-range'],
    [none('no-variance'), 1, {}, 'no-variance'],
  ] as const)('%j, margin %d, %j: %s', (of, margin, options, reason) => {
    expect(nonInferiority(of, margin, options)).toMatchObject({ kind: 'none', reason })
  })

  test.each([
    [effect, [1, 1], 0.05, 'out-of-range'],
    [effect, [-1, Number.NaN], 0.05, 'out-of-range'],
    [effect, [-1, Infinity], 0.05, 'out-of-range'],
    [effect, [-1, 1], 0.5, 'out-of-range'],
    [effect, [-1, 1], 0, 'out-of-range'],
    [none('insufficient'), [-1, 1], 0.05, 'insufficient'],
  ] as const)('%j, limits %j, alpha %d: %s', (of, limits, alpha, reason) => {
    expect(equivalence(of, limits, alpha)).toMatchObject({ kind: 'none', reason })
  })
})
