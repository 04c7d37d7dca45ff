import { expect, test } from 'vitest'
import { slope } from './slope.js'

test('the slope is 3/5 and its standard error √0.08, as worked out by hand', () => {
  const found = slope([1, 2, 3, 4, 5], [2, 4, 5, 4, 5])
  expect(found.slope).toBeCloseTo(0.6, 12)
  expect(found.standardError).toBeCloseTo(0.282842712474619, 12)
})
