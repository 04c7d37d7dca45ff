import { expect, test } from 'vitest'
import { seeded } from '../support/random.js'
import { boundaries, mannWhitney, normal, oneSidedStops, stops } from './anytime.js'
import { rateInterval } from './interval.js'

// 400 runs cannot tell 0.05 from 0.09: these find gross faults, anytime.soak.test.ts the fine ones.
const small = { runs: 400, seed: 20_261_121 }
const path = { users: 2_000, draw: normal }

test('looked at after each of 2,000 users from the hundredth on, a true null is rejected by none but those who peek', () => {
  for (const [method, at] of Object.entries(stops(small, path, boundaries(2_000, 100)))) {
    const wrong = at.filter((n) => n < Infinity).length
    if (method.includes('peeked')) expect(wrong / small.runs).toBeGreaterThan(0.3)
    else expect(rateInterval(wrong, small.runs)[0], method).toBeLessThanOrEqual(0.05)
  }
  expect(rateInterval(oneSidedStops(small, path), small.runs)[0]).toBeLessThanOrEqual(0.05)
})

test('Mann and Whitney peeked at is no better than Student', () => {
  const random = seeded(3)
  const found = Array.from({ length: 100 }, () => mannWhitney(random, path))
  expect(found.filter((n) => n < Infinity).length).toBeGreaterThan(30)
})

test('a large effect is found early by who may look early', () => {
  const found = stops({ ...small, runs: 50 }, { ...path, shift: 0.5 }, boundaries(2_000))
  expect(Math.max(...found['confidence sequence']!)).toBeLessThan(1_000)
  expect(Math.min(...found['t-test at the end']!)).toBe(2_000)
})
