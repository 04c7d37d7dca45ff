import { expect, test } from 'vitest'
import {
  bernoulli,
  everyQuantile,
  LEVEL,
  poissonRate,
  quantile,
  quantileTest,
  sampleRatio,
  sampleRatioDelay,
  type Tally,
} from './counts.js'
import { rateInterval } from './interval.js'

const full = { runs: 10_000, looks: 10_000, seed: 20_240_501 }
const less = { ...full, runs: 2000 }
const planned = { planned: 5000 }
const percent = (x: number, digits = 2) => `${(100 * x).toFixed(digits)} %`

const cases: readonly (readonly [string, () => Tally])[] = [
  ['Bernoulli, p = 0.5', () => bernoulli(full, 0.5, planned)],
  ['Bernoulli, p = 0.05', () => bernoulli(full, 0.05, planned)],
  ['Bernoulli, p = 0.002', () => bernoulli(full, 0.002, planned)],
  ['Bernoulli, p = 0.05, planned 100', () => bernoulli(full, 0.05, { planned: 100 })],
  ['Poisson rate, 0.02 events a look', () => poissonRate(full, 0.02, planned)],
  ['Poisson rate, 0.5 events a look', () => poissonRate(full, 0.5, planned)],
  ['Poisson rate, 5 events a look', () => poissonRate(full, 5, planned)],
  ['Quantile, p = 0.5', () => quantile(full, 0.5, [0.5, 0.5], planned)],
  ['Quantile, p = 0.99', () => quantile(full, 0.99, [0.99, 0.99], planned)],
  ['Quantile, p = 0.9, tied from 0.85 to 0.9', () => quantile(full, 0.9, [0.85, 0.9], planned)],
  ['All percentiles at once', () => everyQuantile(less, planned)],
  ['Two-sample quantile test, p = 0.5', () => quantileTest(less, 0.5, { planned: 2500 })],
  ['Two-sample quantile test, p = 0.9', () => quantileTest(less, 0.9, { planned: 2500 })],
  ['Sample ratio 1:1, 10 users a look', () => sampleRatio(less, [[1, 1]], 10)],
  ['Sample ratio 99:1, 10 users a look', () => sampleRatio(less, [[99, 1]], 10)],
  [
    'Sample ratio over a ramp 99:1, 19:1, 3:1, 1:1',
    () =>
      sampleRatio(
        less,
        [
          [99, 1],
          [19, 1],
          [3, 1],
          [1, 1],
        ],
        10,
      ),
  ],
]

test('10,000 looks: false rejections, which are also misses of the interval', { timeout: 600_000 }, () => {
  const rows = ['| method | runs | wrong at any look | 99.9 % interval |', '|---|---|---|---|']
  for (const [name, simulate] of cases) {
    const { wrong, runs } = simulate()
    const [low, high] = rateInterval(wrong, runs)
    rows.push(`| ${name} | ${runs} | ${percent(wrong / runs)} | ${percent(low)} to ${percent(high)} |`)
    expect.soft(low, name).toBeLessThanOrEqual(LEVEL)
  }
  console.log(rows.join('\n'))
})

test('users until a mismatch is found', { timeout: 600_000 }, () => {
  const rows = ['| split | alpha | median | 90 % of runs by |', '|---|---|---|---|']
  for (const [actual, alpha] of [
    [0.505, 0.05],
    [0.505, 0.01],
    [0.505, 0.001],
    [0.51, 0.01],
    [0.52, 0.01],
  ] as const) {
    const delays = sampleRatioDelay({ runs: 1000, looks: 2000, seed: 11 }, actual, alpha)
    const at = (share: number) => delays[Math.floor(share * delays.length)]!.toLocaleString('en')
    rows.push(`| ${percent(actual, 1)} | ${alpha} | ${at(0.5)} | ${at(0.9)} |`)
    expect.soft(delays.at(-1), 'every run finds it within 2 million').toBeLessThan(Infinity)
  }
  console.log(rows.join('\n'))
})
