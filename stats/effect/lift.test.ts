import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Estimate } from '../estimate/estimate.js'
import { mean } from '../estimate/mean.js'
import { fromBinary, fromValues } from '../moments.js'
import { none } from '../none.js'
import { close, GOLDEN, golden, goldenPresent } from '../testkit/golden.js'
import { difference } from './difference.js'
import type { Effect } from './effect.js'
import { lift } from './lift.js'

const of = (value: number, variance: number, n = 9): Estimate => ({ kind: 'estimate', value, variance, df: n - 1, n })

describe.skipIf(!goldenPresent)(GOLDEN, () => {
  test.each(['gb_rel_diff_-10_-5', 'gb_rel_diff_-10_-15', 'gb_rel_diff_10_15'])('share of the control: %s', (id) => {
    const { inputs, executed } = golden(id)
    close((lift(of(inputs.mean_control, 1), of(inputs.mean_treatment, 1)) as Effect).value, executed)
  })

  test('variance of a difference: gb_var_abs', () => {
    const { inputs: i, executed } = golden('gb_var_abs')
    const effect = difference(of(i.meanA, i.varA / i.nA, i.nA), of(i.meanB, i.varB / i.nB, i.nB)) as Effect
    close(effect.standardError ** 2, executed)
  })
})

const estimates = fc
  .tuple(fc.double({ min: 0.1, max: 100, noNaN: true }), fc.double({ min: 1e-3, max: 10, noNaN: true }))
  .map(([value, variance]) => of(value, variance))

test('the gradient’s variance, covariance included', () => {
  // By hand: (9 + 2² × 4 − 2 × 2 × 1.5) / 5² for C = 5, T = 10.
  close((lift(of(5, 4), of(10, 9), 1.5) as Effect).standardError, Math.sqrt(19) / 5, 1e-14)
  close((difference(of(5, 4), of(10, 9), 1.5) as Effect).standardError, Math.sqrt(10), 1e-14)
})

test('the metric’s unit does not matter, nor the sign of both branches but for the lift’s', () => {
  fc.assert(
    fc.property(estimates, estimates, (c, t) => {
      const plain = lift(c, t) as Effect
      const times = (e: Estimate, by: number) => ({ ...e, value: e.value * by, variance: e.variance * by * by })
      for (const by of [-1, 1e-30, -1e30]) {
        const scaled = lift(times(c, by), times(t, by)) as Effect
        expect(Math.abs(scaled.value - Math.sign(by) * plain.value)).toBeLessThan(1e-14 * (1 + Math.abs(plain.value)))
        close(scaled.standardError, plain.standardError, 1e-13)
        close(scaled.df, plain.df, 1e-13)
      }
    }),
  )
})

const some = mean(fromValues([1, 2, 3]))
const two = mean(fromValues([2, 2]))
test.each([
  ['a control of 0', mean(fromBinary(9, 0)), mean(fromBinary(7, 2)), 'zero-baseline', null],
  ['0 in both', mean(fromBinary(9, 0)), mean(fromBinary(7, 0)), 'zero-baseline', null],
  ['the least double', mean(fromValues([5e-324, 5e-324])), some, 'zero-baseline', null],
  ['a variance that overflows as a share', of(1e-200, 1), some, 'zero-baseline', null],
  ['everyone alike', two, mean(fromValues([3, 3])), 'no-variance', 0.5],
  ['more covariance than can be', of(1, 1), of(1, 1), 'no-variance', 0, 2],
  ['no one', none('insufficient'), some, 'insufficient', null],
  ['one user', some, mean(fromValues([3])), 'insufficient', null],
] as const)('no lift for %s', (_, control, treatment, reason, value, covariance?: number) => {
  expect(lift(control, treatment, covariance)).toEqual({ kind: 'none', reason, value })
})

test.each([
  ['no one in the control', mean(fromValues([])), some, 'insufficient', null],
  ['one user', mean(fromValues([3])), some, 'insufficient', -1],
  ['one user in the treatment', some, mean(fromValues([3])), 'insufficient', 1],
  ['everyone alike', two, mean(fromValues([3, 3])), 'no-variance', 1],
  ['no conversions at all', mean(fromBinary(9, 0)), mean(fromBinary(7, 0)), 'no-variance', 0],
] as const)('no difference for %s', (_, control, treatment, reason, value) => {
  expect(difference(control, treatment)).toEqual({ kind: 'none', reason, value })
})

test('a control of 1e-200 whose square underflows has a lift', () => {
  expect(lift(mean(fromValues([1e-200, 1e-200])), mean(fromValues([1, 2, 3])))).toMatchObject({ value: 2e200 })
})
