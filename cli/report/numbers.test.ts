import { describe, expect, test } from 'vitest'
import { metric } from '../testkit/results.js'
import { change, effect, interval, level, number, percentChange, probability } from './numbers.js'

test.each([
  [0, '0', '0', '0 %'],
  [-0, '0', '0', '0 %'],
  [1.2e-9, '1.20e-9', '+1.20e-9', '+1.2e-7 %'],
  [0.000_45, '4.50e-4', '+4.50e-4', '+0.05 %'],
  [-0.0123, '−0.0123', '−0.0123', '−1.2 %'],
  [0.5, '0.5', '+0.5', '+50.0 %'],
  [-12.345, '−12.35', '−12.35', '−1,235 %'],
  [1234.5, '1,235', '+1,235', '+123,450 %'],
  [1e300, '1.00e300', '+1.00e300', '+1.00e300 times'],
])('%d', (x, asNumber, asChange, asPercent) => {
  expect([number(x), change(x), percentChange(x)]).toEqual([asNumber, asChange, asPercent])
})

test.each([
  [0, '<0.0001'],
  [0.000_1, '0.0001'],
  [0.05, '0.05'],
  [0.999_99, '1'],
  [1, '1'],
])('p of %d', (p, text) => {
  expect(probability(p)).toBe(text)
})

describe('shares are percent, their differences points; others are numbers', () => {
  test.each([
    ['conversion', 0.1572, '15.72 %', '+15.72 pp'],
    ['retention', 0.000_02, '0.002 %', '+0.002 pp'],
    ['funnel', 0, '0 %', '0 pp'],
    ['sum', 20.8673, '20.87', '+20.87'],
    ['quantile', -3, '−3', '−3'],
  ] as const)('%s', (kind, value, asLevel, asEffect) => {
    const of = metric({ kind })
    expect([level(of, value), effect(of, value)]).toEqual([asLevel, asEffect])
  })
})

test('an interval has its unit once', () => {
  expect(interval([-0.012, 0.5], percentChange)).toBe('−1.2 to +50.0 %')
  expect(interval([-3, 4], change)).toBe('−3 to +4')
})
