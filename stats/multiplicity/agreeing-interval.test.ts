import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { close, GOLDEN, golden, goldenPresent } from '../testkit/golden.js'
import { agreeingInterval } from './agreeing-interval.js'

describe.skipIf(!goldenPresent)(GOLDEN, () => {
  test('gb_adjusted_ci', () => {
    const { inputs, executed, tolerance } = golden('gb_adjusted_ci')
    const [low, high] = agreeingInterval(inputs.lift, Math.log(inputs.adjustedPValue), inputs.pValueThreshold)
    // The lower end is the rounding of 0.1 − 0.1 to within 4e-9 of it: held to 1e-9 of the half-width, as all ends are.
    expect(Math.abs(low - executed[0])).toBeLessThan(Math.min(tolerance, 1e-10))
    close(high, executed[1])
  })
})

// mpmath, 60 digits: 1.96 = sqrt(2) erfinv(0.95); z from findroot of log(erfc(z / sqrt(2))) = ln p.
test.each([
  [2, -700, 0.10505346612773805],
  [2, -5000, 0.03921822894134225],
  [-0.5, -0.1, 8.197064886196332],
])('%d at ln p = %d reaches %d to either side', (effect, lnP, reach) => {
  const [low, high] = agreeingInterval(effect, lnP)
  close(high - effect, reach)
  close(effect - low, reach)
})

test('0 is left out exactly where the p-value is below alpha', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -10, max: 10, noNaN: true }).filter((effect) => Math.abs(effect) > 1e-6),
      fc.double({ min: -1000, max: -1e-6, noNaN: true }),
      fc.double({ min: 0.001, max: 0.2, noNaN: true }),
      (effect, lnP, alpha) => {
        const [low, high] = agreeingInterval(effect, lnP, alpha)
        if (Math.abs(lnP - Math.log(alpha)) > 1e-9) expect(low > 0 || high < 0).toBe(lnP < Math.log(alpha))
      },
    ),
  )
})

test('an adjusted p of 1 bounds nothing', () => {
  expect(agreeingInterval(3, 0)).toEqual([-Infinity, Infinity])
})
