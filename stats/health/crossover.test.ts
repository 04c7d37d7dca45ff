import { expect, test } from 'vitest'
import { bernoulliInterval } from '../anytime/bernoulli.js'
import { type Crossover, crossover } from './crossover.js'
import { sequentialSampleRatio } from './sequential-sample-ratio.js'

const tuning = { planned: 10_000 }

test('the share is of all phases, its interval the exact one', () => {
  const phases = [
    { users: [1000, 1000], crossed: [10, 12], weights: [1, 1] },
    { users: [900, 100], crossed: [9, 1], weights: [9, 1] },
  ]
  const found = crossover(phases, tuning) as Crossover
  expect(found.share).toBe(32 / 3000)
  expect(found.ci).toEqual(bernoulliInterval(32, 3000, tuning))
  expect(found.ci[0]).toBeGreaterThan(0.004)
  expect(found.ci[1]).toBeLessThan(0.025)
  expect(found.difference.pValue).toBeGreaterThan(0.9)
})

test('crossing from one branch only is found, whatever the weights', () => {
  const one = { users: [90_000, 10_000], weights: [9, 1] }
  const even = crossover([{ ...one, crossed: [3600, 400] }], tuning) as Crossover
  const uneven = crossover([{ ...one, crossed: [3000, 1000] }], tuning) as Crossover
  expect(even.difference.pValue).toBe(1)
  expect(uneven.difference.lnP).toBeLessThan(-100)
  expect(uneven.difference).toEqual(sequentialSampleRatio([{ users: [3000, 1000], weights: [9, 1] }]))
})

test('no users, or more crossed than came', () => {
  expect(crossover([], tuning)).toMatchObject({ kind: 'none', reason: 'insufficient' })
  const more = [{ users: [1, 1], crossed: [2, 1], weights: [1, 1] }]
  expect(crossover(more, tuning)).toMatchObject({ kind: 'none', reason: 'out-of-range' })
  expect(crossover([{ users: [5, 5], crossed: [0, 0], weights: [1, 1] }], tuning)).toMatchObject({ share: 0 })
})
