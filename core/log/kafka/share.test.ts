import fc from 'fast-check'
import { expect, test } from 'vitest'
import { share } from './share.js'

const six = [0, 1, 2, 3, 4, 5]

test.each([
  ['the first members', { a: [], b: [] }, { a: [0, 2, 4], b: [1, 3, 5] }],
  ['one that comes takes from each', { a: [0, 2, 4], b: [1, 3, 5], c: [] }, { a: [0, 2], b: [1, 3], c: [4, 5] }],
  ['one that goes leaves the others theirs', { a: [0, 2], b: [1, 3] }, { a: [0, 2, 4], b: [1, 3, 5] }],
  ['one more than partitions waits', { a: [0], b: [1], c: [2], d: [3], e: [4], f: [5], g: [] }, { g: [] }],
  ['two who claim the same', { a: [0, 1, 2], b: [2, 3, 4] }, { a: [0, 1, 2], b: [3, 4, 5] }],
  ['claims of what is not there', { a: [7, 0], b: [] }, { a: [0, 2, 4], b: [1, 3, 5] }],
])('%s', (_, own, expected) => {
  expect(Object.fromEntries(share(six, new Map(Object.entries(own))))).toMatchObject(expected)
})

test('each partition is one member’s, no member has two more than another, and nothing moves that need not', () => {
  const partitions = fc.nat({ max: 40 }).map((n) => Array.from({ length: n + 1 }, (_, p) => p))
  const claims = fc.array(fc.array(fc.nat({ max: 60 }), { maxLength: 20 }), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(partitions, claims, (all, claimed) => {
      const own = new Map(claimed.map((of, i) => [`member-${i}`, of]))
      const shared = share(all, own)
      expect([...shared.values()].flat().sort((a, b) => a - b)).toEqual(all)
      const sizes = [...shared.values()].map((of) => of.length)
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      expect(share(all, shared)).toEqual(shared)
    }),
    { numRuns: 500 },
  )
})
