import fc from 'fast-check'
import { expect, test } from 'vitest'
import { difference } from '../effect/difference.js'
import { lift } from '../effect/lift.js'
import type { Estimate } from '../estimate/estimate.js'
import { mean } from '../estimate/mean.js'
import { fromValues } from '../moments.js'
import { none } from '../none.js'
import { close } from '../testkit/golden.js'
import { type Fieller, fieller } from './fieller.js'
import { type TTest, tTest } from './t-test.js'

const of = (value: number, variance: number, n = 40): Estimate => ({ kind: 'estimate', value, variance, df: n - 1, n })

// mpmath, 50 digits: roots of (C² − q²Vc) ρ² − 2 (CT − q² cov) ρ + T² − q²Vt, less 1, with q by its incomplete beta
// function.
test.each([
  ['a clear control', of(10, 1, 50), of(12, 1.5, 60), {}, 'interval', -0.10116706077816336, 0.5993467149634295],
  ['a negative one', of(-10, 1, 50), of(-12, 1.5, 60), {}, 'interval', -0.5993467149634295, 0.10116706077816336],
  ['just significant', of(1, 0.25), of(3, 0.25), {}, 'interval', 0.3375783617202656, 654.6935694930646],
  ['not significant', of(1, 0.36), of(3, 0.25), {}, 'complement', -16.235638596712015, 0.22718139007419186],
  [
    'negative, not significant, covariance',
    of(-1, 0.36),
    of(3, 0.25),
    { covariance: 0.1 },
    'complement',
    -15.963289451966302,
    2.102197318787943,
  ],
  [
    'equal, covariance',
    of(5, 1, 30),
    of(5, 1, 30),
    { alpha: 0.01, covariance: 0.4 },
    'interval',
    -0.49159179404809467,
    0.9669234058244106,
  ],
  ['exact', of(3, 0, 30), of(4, 1, 30), {}, 'interval', -0.3484098807109014, 1.015076547377568],
  [
    '1e12 users',
    of(1, 1e-12, 1e12),
    of(1.00004, 1e-12, 1e12),
    {},
    'interval',
    3.722814075623614e-5,
    4.277186692706883e-5,
  ],
] as const)('control: %s', (_, control, treatment, options, set, low, high) => {
  const r = fieller(control, treatment, options) as Fieller
  expect(r.set).toBe(set)
  const ends = r.set === 'complement' ? r.excluded : r.ci
  close(ends[0], low)
  close(ends[1], high)
  if (set === 'complement') expect(r.ci).toEqual([-Infinity, Infinity])
})

test('a control of which nothing is known rules out nothing', () => {
  expect(fieller(of(0.1, 0.36), of(0.2, 0.25))).toMatchObject({ set: 'line', ci: [-Infinity, Infinity] })
})

test('far from 0 it is the delta method’s interval', () => {
  const [c, t] = [of(100, 1e-4, 1e5), of(103, 1e-4, 1e5)]
  const [exact, rough] = [fieller(c, t) as Fieller, tTest(lift(c, t)) as TTest]
  close(exact.ci[0], rough.ci[0], 1e-5)
  close(exact.ci[1], rough.ci[1], 1e-5)
  close(exact.effect, rough.effect)
})

const estimates = fc.record({
  value: fc.double({ min: -20, max: 20, noNaN: true }).filter((x) => Math.abs(x) > 1e-3),
  variance: fc.double({ min: 0.01, max: 10, noNaN: true }),
  n: fc.integer({ min: 3, max: 1000 }),
})

test('the set holds the lifts that a test of T − (1 + lift) C does not reject, 0 where p is at least alpha', () => {
  fc.assert(
    fc.property(estimates, estimates, fc.double({ min: -30, max: 30, noNaN: true }), (a, b, x) => {
      const [c, t] = [of(a.value, a.variance, a.n), of(b.value, b.variance, b.n)]
      const r = fieller(c, t) as Fieller
      const inside = (x: number) =>
        r.set === 'complement' ? !(x > r.excluded[0] && x < r.excluded[1]) : x >= r.ci[0] && x <= r.ci[1]
      const apart = difference(c, t)
      if (apart.kind === 'none') return
      const critical = (tTest({ ...apart, value: 0, standardError: 1 }) as TTest).ci[1]
      const ratio = 1 + Math.sign(a.value) * x
      const score = Math.abs(b.value - ratio * a.value) / Math.sqrt(b.variance + ratio * ratio * a.variance)
      fc.pre(Math.abs(score / critical - 1) > 1e-6)
      expect(inside(x)).toBe(score < critical)
      fc.pre(Math.abs(r.pValue - 0.05) > 1e-9)
      expect(inside(0)).toBe(r.pValue > 0.05)
    }),
  )
})

test('turning both signs turns the set', () => {
  fc.assert(
    fc.property(estimates, estimates, (a, b) => {
      const set = (sign: number) => {
        const r = fieller(of(sign * a.value, a.variance, a.n), of(sign * b.value, b.variance, b.n)) as Fieller
        return r.set === 'complement' ? r.excluded : r.ci
      }
      const [plain, turned] = [set(1), set(-1)]
      expect(turned.map((x) => -x)).toEqual([plain[1], plain[0]])
    }),
  )
})

const some = mean(fromValues([1, 2, 3]))
test.each([
  ['zero-baseline', mean(fromValues([-1, 0, 1])), some],
  ['zero-baseline', mean(fromValues([0, 0, 0])), some],
  ['no-variance', mean(fromValues([1, 1])), mean(fromValues([2, 2]))],
  ['insufficient', none('insufficient', 1), some],
  ['insufficient', some, none('insufficient')],
] as const)('%s', (reason, control, treatment) => {
  expect(fieller(control, treatment)).toMatchObject({ kind: 'none', reason })
})

test('out-of-range', () => {
  expect(fieller(some, some, { alpha: 0 })).toMatchObject({ kind: 'none', reason: 'out-of-range' })
})
