import { expect, test } from 'vitest'
import { runSeed } from '../support/random.js'
import { rateInterval } from './interval.js'
import { type Outcome, simulate } from './pipeline.js'

const Z99 = 2.5758293035489
const least = (outcomes: readonly Outcome[], is: (outcome: Outcome) => boolean) =>
  rateInterval(outcomes.filter(is).length, outcomes.length, Z99)[0]

// Sixty tests find gross faults; pipeline.soak.test.ts has a thousand and looks each minute.
test('tests of nothing and of an effect, looked at as users come: neither called nor missed too often', async () => {
  const common = { seed: runSeed('pipeline'), tests: 60, users: 200, every: 120 }
  const nothing = await simulate({ ...common, effect: 0 })
  expect(least(nothing, ({ called }) => called)).toBeLessThanOrEqual(0.05)
  const something = await simulate({ ...common, effect: 1 })
  expect(least(something, ({ missed }) => missed)).toBeLessThanOrEqual(0.05)
  expect(something.filter(({ called }) => called).length).toBeGreaterThan(40)
  const mean = (of: (outcome: Outcome) => number) =>
    nothing.reduce((sum, outcome) => sum + of(outcome), 0) / nothing.length
  expect(mean(({ saved }) => saved) / mean(({ foretold }) => foretold)).toBeCloseTo(1, 1)
}, 120_000)
