import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IdWindow } from './id-window.js'

test('an id is known for at least as many records as the size, and for less than twice as many', () => {
  const window = new IdWindow(3)
  const ids = ['a', 'b', 'a', 'c', 'd', 'e', 'f', 'a', 'a']
  const seen = ids.map((id, offset) => window.take(offset, 'shop', id))
  //              generation 0        generation 1         generation 2
  expect(seen).toEqual([false, false, true, false, false, false, false, false, true])
})

test('one app’s ids are not another’s', () => {
  const window = new IdWindow(3)
  expect(['shop', 'blog', 'shop'].map((app, offset) => window.take(offset, app, 'a'))).toEqual([false, false, true])
})

test('it agrees with looking back through the log, from wherever it was warmed', () => {
  const ids = fc.array(fc.integer({ min: 0, max: 9 }).map(String), { minLength: 1 })
  fc.assert(
    fc.property(ids, fc.integer({ min: 1, max: 8 }), fc.nat(), (log, size, start) => {
      const window = new IdWindow(size)
      const from = start % log.length
      for (let offset = window.reach(from); offset < from; offset++) window.take(offset, 'shop', log[offset]!)
      for (let offset = from; offset < log.length; offset++) {
        const expected = log.slice(window.reach(offset), offset).includes(log[offset]!)
        expect(window.take(offset, 'shop', log[offset]!)).toBe(expected)
      }
    }),
  )
})
