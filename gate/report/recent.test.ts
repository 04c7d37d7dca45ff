import { expect, test } from 'vitest'
import { Recent } from './recent.js'

test('a fact is new once in its time', () => {
  let now = 0
  const recent = new Recent(10, 1000, () => now)
  const news = [0, 999, 1000, 1500, 2000].map((at) => {
    now = at
    return recent.isNew('ann')
  })
  expect(news).toEqual([true, false, true, false, true])
})

test('where there are too many, what was said least recently is forgotten', () => {
  const recent = new Recent(2, 1000, () => 0)
  expect(['ann', 'bob', 'ann', 'carl', 'ann', 'bob'].map((user) => recent.isNew(user))).toEqual([
    ...[true, true, false, true, false, true],
  ])
})
