import fc from 'fast-check'
import { expect, test } from 'vitest'
import { empty, fromBinary, fromValues, merge, variance } from './moments.js'

const values = fc.array(fc.double({ min: -1000, max: 1000, noNaN: true }), { maxLength: 50 })

function alike(a: ReturnType<typeof merge>, b: ReturnType<typeof merge>) {
  expect(a.n).toBe(b.n)
  expect(Math.abs(a.mean - b.mean)).toBeLessThan(1e-12 * (1000 + Math.abs(b.mean)))
  expect(Math.abs(a.m2 - b.m2)).toBeLessThan(1e-12 * (1e6 * (b.n + 1)))
}

test('merging parts is the moments of the whole, in any order and grouping', () => {
  fc.assert(
    fc.property(values, values, values, (a, b, c) => {
      const [x, y, z] = [fromValues(a), fromValues(b), fromValues(c)]
      const whole = fromValues([...a, ...b, ...c])
      alike(merge(merge(x, y), z), whole)
      alike(merge(x, merge(y, z)), whole)
      alike(merge(z, merge(y, x)), whole)
    }),
  )
})

test('nothing merged in changes nothing', () => {
  expect(merge(empty, fromValues([1, 2]))).toEqual(fromValues([1, 2]))
  expect(merge(fromValues([1, 2]), empty)).toEqual(fromValues([1, 2]))
})

test('a mean of 1e9 leaves a variance of 1 intact', () => {
  const halves = [0, 1].map((from) =>
    fromValues(Array.from({ length: 50_000 }, (_, i) => 1e9 + ((i + from) % 2 === 0 ? 1 : -1))),
  )
  expect(variance(merge(halves[0]!, halves[1]!))).toBeCloseTo(100_000 / 99_999, 6)
})

test('binary counts are the moments of their ones and zeros', () => {
  alike(fromBinary(5, 2), fromValues([1, 0, 1, 0, 0]))
  expect(fromBinary(0, 0)).toBe(empty)
  expect(variance(fromBinary(1, 1))).toBeNull()
})
