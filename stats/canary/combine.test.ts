import fc from 'fast-check'
import { expect, test } from 'vitest'
import { close } from '../testkit/golden.js'
import { lnMean, lnNeeded } from './combine.js'

// mpmath: log of the weighted mean of exp.
test.each([
  [[3, 1, 0], [2, 1, 1], 2.3953774620175916],
  [[800, -800], [1, 9], 797.697414907006],
  [[-2000, -2001], [1, 1], -2000.3798854930417],
  [[5], [0.1], 5],
])('of e^%j weighing %j', (lnEs, weights, expected) => {
  close(lnMean(lnEs, weights), expected)
})

test('lies between the least and the greatest, and weights need no scale', () => {
  const entries = fc.array(
    fc.tuple(fc.double({ min: -50, max: 50, noNaN: true }), fc.double({ min: 0.01, max: 100, noNaN: true })),
    { minLength: 1, maxLength: 8 },
  )
  fc.assert(
    fc.property(entries, (entries) => {
      const lnEs = entries.map(([lnE]) => lnE)
      const weights = entries.map(([, weight]) => weight)
      const mean = lnMean(lnEs, weights)
      expect(mean).toBeGreaterThanOrEqual(Math.min(...lnEs) - 1e-12)
      expect(mean).toBeLessThanOrEqual(Math.max(...lnEs) + 1e-12)
      expect(
        Math.abs(
          lnMean(
            lnEs,
            weights.map((weight) => 7 * weight),
          ) - mean,
        ),
      ).toBeLessThan(1e-12)
    }),
  )
})

test('the levels of all attempts at a release add up to its level', () => {
  const spent = Array.from({ length: 100_000 }, (_, i) => Math.exp(-lnNeeded(0.01, i + 1))).reduce((a, b) => a + b)
  expect(spent).toBeLessThan(0.01)
  close(spent, 0.01, 2e-5)
})
