import { expect, it } from 'vitest'
import { clampTime, clockShift } from './clock.js'

const HOUR = 3_600_000
const TEN_YEARS = 3652 * 24 * HOUR
const now = 1_700_000_000_000

it.each([
  ['now', now, now],
  ['an hour ahead', now + HOUR, now + HOUR],
  ['more than an hour ahead', now + HOUR + 1, now],
  ['ten years ago', now - TEN_YEARS, now - TEN_YEARS],
  ['more than ten years ago', now - TEN_YEARS - 1, now - TEN_YEARS],
  ['1970', 0, now - TEN_YEARS],
])('%s', (_, time, expected) => {
  expect(clampTime(time, now)).toBe(expected)
})

it.each([
  ['on time', 0, 0],
  ['ten seconds on its way', 10_000, 0],
  ['ten seconds fast', -10_000, 0],
  ['more than that slow', 10_001, 10_001],
  ['more than that fast', -10_001, -10_001],
])('%s', (_, off, shift) => {
  expect(clockShift(now - off, now)).toBe(shift)
})

it('a client a day slow is moved a day ahead, one that does not say when it sent is believed', () => {
  expect(clockShift(now - 24 * HOUR, now)).toBe(24 * HOUR)
  expect(clockShift(undefined, now)).toBe(0)
})
