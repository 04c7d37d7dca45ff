import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IdWindow } from './id-window.js'

test('an id is known for exactly as many records as the window is long', () => {
  const window = new IdWindow(3)
  const seen = ['a', 'b', 'a', 'c', 'd', 'e', 'a', 'a'].map((id) => window.take(id))
  expect(seen).toEqual([false, false, true, false, false, false, false, true])
})

test('it agrees with looking back through the list', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 }).map(String)), fc.integer({ min: 1, max: 8 }), (ids, size) => {
      const window = new IdWindow(size)
      const expected = ids.map((id, i) => ids.slice(Math.max(0, i - size), i).includes(id))
      expect(ids.map((id) => window.take(id))).toEqual(expected)
    }),
  )
})
