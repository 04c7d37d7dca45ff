import { describe, expect, test } from 'vitest'
import { normal } from './anytime.js'
import {
  adjustedMeans,
  adjustedRatios,
  margins,
  means,
  nearZero,
  proportions,
  quantiles,
  ramp,
  ratios,
  strata,
  type Tallies,
  type Tally,
} from './fixed.js'
import { rateInterval } from './interval.js'

const small = { runs: 400, seed: 20_240_601 }
const none = /^$/
const interval = ({ covered, answered }: Tally) => rateInterval(covered, answered)

// 400 runs cannot tell 95 % from 91 %: these find gross faults, fixed.soak.test.ts the fine ones.
describe('intervals of 95 % hold the truth about as often', () => {
  test.each([
    ['means', () => means(small, [30, 20], normal, 5), none],
    ['a score test of rare successes', () => proportions(small, [300, 100], [0.01, 0.01]), /^t/],
    ['ratios', () => ratios(small, 100), /independent/],
    ['a control near 0', () => nearZero(small, 0.5), /delta/],
    ['quantiles', () => quantiles({ ...small, runs: 200 }, 100, 0.5), /independent/],
    ['CUPED of means', () => adjustedMeans(small, [100, 50]), none],
    ['CUPED of ratios', () => adjustedRatios(small, 100), none],
    ['strata', () => strata(small, 200), /pooled/],
    ['a ramp', () => ramp(small, 200), /pooled/],
    ['margins', () => margins(small, 600), none],
  ] as readonly (readonly [string, () => Tallies, RegExp])[])('%s', (_, simulate, unfit) => {
    for (const [method, found] of Object.entries(simulate()))
      if (!unfit.test(method)) expect(interval(found)[1], method).toBeGreaterThanOrEqual(0.95)
  })

  test('but not with clicks taken as independent, nor over a ramp pooled', () => {
    expect(interval(ratios(small, 100)['clicks taken as independent']!)[1]).toBeLessThan(0.85)
    expect(interval(ramp(small, 200)['pooled, difference']!)[1]).toBeLessThan(0.5)
  })
})

test('CUPED leaves 1 − ρ² of the variance', () => {
  const tallies = adjustedMeans(small, [150, 50])
  const left = tallies['CUPED, difference']!.width / tallies['unadjusted, difference']!.width
  expect(Math.abs(left ** 2 / 0.36 - 1)).toBeLessThan(0.05)
})
