import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { empty, fromBinary, fromValues, type Moments, merge, subtract, variance } from './moments.js'

// Not subnormal, where no digits are promised.
const value = fc.double({ min: -1000, max: 1000, noNaN: true }).map((x) => (Math.abs(x) < 1e-100 ? 0 : x))
const values = fc.array(value, { maxLength: 50 })

/** To 1e-12 of the largest value, or its square, that the moments are of. */
function alike(a: Moments, b: Moments, size: number) {
  expect(a.n).toBe(b.n)
  expect(Math.abs(a.mean - b.mean)).toBeLessThanOrEqual(1e-12 * size)
  expect(Math.abs(a.m2 - b.m2)).toBeLessThanOrEqual(1e-12 * size * size * b.n)
}
const size = (...of: number[][]) => Math.max(...of.flat().map(Math.abs), 0)

describe('merging', () => {
  test('gives the moments of the whole, in any order and grouping', () => {
    fc.assert(
      fc.property(values, values, values, (a, b, c) => {
        const [x, y, z] = [fromValues(a), fromValues(b), fromValues(c)]
        const whole = fromValues([...a, ...b, ...c])
        for (const merged of [merge(merge(x, y), z), merge(x, merge(y, z)), merge(z, merge(y, x))])
          alike(merged, whole, size(a, b, c))
        alike(merge(x, y), merge(y, x), size(a, b))
      }),
    )
  })

  test('nothing changes nothing', () => {
    expect(merge(empty, fromValues([1, 2]))).toEqual(fromValues([1, 2]))
    expect(merge(fromValues([1, 2]), empty)).toEqual(fromValues([1, 2]))
    expect(merge(empty, empty)).toEqual(empty)
  })

  test('one value of 1e9 into 1e12 small ones keeps every digit, from either side', () => {
    const many = { n: 1e12, mean: 1e-3, m2: 1e6 }
    for (const merged of [merge(many, fromValues([1e9])), merge(fromValues([1e9]), many)])
      expect(Math.abs(merged.mean / (2e-3 - 2e-15) - 1)).toBeLessThan(1e-15)
  })

  test('a mean of 1e9 leaves a variance of 1 intact', () => {
    const halves = [0, 1].map((from) =>
      fromValues(Array.from({ length: 50_000 }, (_, i) => 1e9 + ((i + from) % 2 === 0 ? 1 : -1))),
    )
    expect(Math.abs(variance(merge(halves[0]!, halves[1]!))! / (100_000 / 99_999) - 1)).toBeLessThan(1e-9)
  })
})

describe('subtracting', () => {
  test('is the inverse of merging, to nine digits of what the rest is made of, or says that it is not', () => {
    let answered = 0
    fc.assert(
      fc.property(fc.array(value, { minLength: 2, maxLength: 50 }), values, (a, b) => {
        const [x, y] = [fromValues(a), fromValues(b)]
        const rest = subtract(merge(x, y), y)
        if (rest === null) return
        answered++
        expect(rest.n).toBe(x.n)
        const near = (found: number, expected: number, of: number) =>
          expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-9 * of + 1e-300)
        near(rest.mean, x.mean, Math.abs(x.mean) + Math.sqrt(x.m2 / Math.max(1, x.n)))
        near(rest.m2, x.m2, x.m2)
      }),
      { numRuns: 2000 },
    )
    expect(answered).toBeGreaterThan(1000)
  })

  test('two halves of a million leave the other half', () => {
    const half = { n: 5e5, mean: 3, m2: 2e6 }
    const rest = subtract(merge(half, { n: 5e5, mean: 3.1, m2: 2.1e6 }), half)!
    expect(Math.abs(rest.m2 / 2.1e6 - 1)).toBeLessThan(1e-12)
    expect(Math.abs(rest.mean / 3.1 - 1)).toBeLessThan(1e-14)
  })

  test('nothing and everything', () => {
    const three = fromValues([1, 2, 3])
    expect(subtract(three, empty)).toEqual(three)
    expect(subtract(three, three)).toEqual(empty)
  })

  test.each([
    ['more than there is', fromValues([1, 2]), fromValues([1, 2, 3])],
    ['what varies more than the whole', { n: 10, mean: 0, m2: 5 }, { n: 5, mean: 0, m2: 6 }],
    ['all but one, whose squares are rounding', fromValues([1, 2, 3, 1e-9]), fromValues([1, 2, 3])],
    ['1e12 of 1e12 and two', { n: 1e12 + 2, mean: 5, m2: 1e12 }, { n: 1e12, mean: 5, m2: 1e12 - 2 }],
    ['a mean of 1e12 from near 0', { n: 2000, mean: 1e12, m2: 1e3 }, { n: 1900, mean: 1.05e12, m2: 9e2 }],
  ])('null for %s', (_, whole, part) => {
    expect(subtract(whole, part)).toBeNull()
  })
})

test('binary counts are the moments of their ones and zeros', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 99 }), (outcomes) => {
      const ones = outcomes.map(Number)
      const successes = outcomes.filter(Boolean).length
      alike(fromBinary(ones.length, successes), fromValues(ones), 1)
    }),
  )
  expect(fromBinary(0, 0)).toBe(empty)
  expect(variance(fromBinary(1, 1))).toBeNull()
  // 3e-12 × (1 − 3e-12) × 1e12 / (1e12 − 1), by hand.
  expect(Math.abs(variance(fromBinary(1e12, 3))! / (3e-12 * (1 - 2e-12)) - 1)).toBeLessThan(1e-15)
})
