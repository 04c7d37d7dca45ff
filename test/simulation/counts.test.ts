import { describe, expect, test } from 'vitest'
import {
  bernoulli,
  everyQuantile,
  LEVEL,
  poissonRate,
  quantile,
  quantileTest,
  sampleRatio,
  sampleRatioDelay,
} from './counts.js'
import { rateInterval } from './interval.js'

const small = { runs: 500, looks: 1000, seed: 20_240_501 }
const tuning = { planned: 500 }

// 500 runs cannot tell 0.05 from 0.08: these find gross faults, counts.soak.test.ts the fine ones.
describe('looked at a thousand times, a true null is rejected in at most 5 % of runs', () => {
  test.each([
    ['a probability', () => bernoulli(small, 0.3, tuning)],
    ['a Poisson rate', () => poissonRate(small, 0.5, tuning)],
    ['a quantile', () => quantile(small, 0.9, [0.9, 0.9], tuning)],
    ['a quantile with ties', () => quantile(small, 0.9, [0.85, 0.92], tuning)],
    ['all percentiles', () => everyQuantile({ ...small, runs: 200 }, tuning)],
    ['two quantiles', () => quantileTest({ ...small, runs: 100 }, 0.5, tuning)],
    ['the sample ratio', () => sampleRatio({ ...small, runs: 200 }, [[1, 1]], 10)],
    [
      'the sample ratio over a ramp',
      () =>
        sampleRatio(
          { ...small, runs: 100 },
          [
            [99, 1],
            [9, 1],
            [1, 1],
          ],
          10,
        ),
    ],
  ])('%s', (_, simulate) => {
    const { wrong, runs } = simulate()
    expect(rateInterval(wrong, runs)[0]).toBeLessThanOrEqual(LEVEL)
  })
})

test('a split of 55:45 is found within some thousand users', () => {
  const delays = sampleRatioDelay({ runs: 50, looks: 20, seed: 7 }, 0.55, 0.01)
  expect(delays[25]).toBeLessThan(10_000)
  expect(delays.at(-1)).toBeLessThan(Infinity)
})
