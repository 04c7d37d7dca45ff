import { expect, test } from 'vitest'
import { slope } from './slope.js'

test('the slope and its standard error are those of SciPy’s linregress', () => {
  const found = slope([1, 2, 3, 4, 5], [2, 4, 5, 4, 5])
  expect(found.slope).toBeCloseTo(0.6, 12)
  expect(found.standardError).toBeCloseTo(0.282842712474619, 12)
})
