import { expect, test } from 'vitest'
import { matches } from '../condition.js'
import { decide } from '../decide.js'
import { toClientTest } from './client-test.js'
import { testDefinition } from './test.js'

const branches = [
  { name: 'master', weight: 1 },
  { name: 'new', weight: 1 },
]
const least = { branches, control: 'master', metrics: [] }
const clientTest = (more: object = {}) => toClientTest('t', testDefinition.parse({ ...least, ...more }), 3)

test('a definition that says little gives a test that says little', () => {
  expect(clientTest()).toEqual({ branches, control: 'master', version: 3 })
})

test('who is in it becomes ranges, and what clients need not know stays behind', () => {
  const told = {
    coverage: 0.5,
    namespace: { name: 'search', from: 0.2, to: 0.4 },
    holdout: { name: 'global', share: 0.1 },
    targeting: { country: 'de' },
    sticky: true,
  }
  const untold = {
    metrics: [{ name: 'buyers', event: 'purchase', kind: 'conversion' }],
    hypothesis: 'secret',
    owner: 'ann',
  }
  expect(clientTest({ ...told, ...untold })).toEqual({
    branches,
    control: 'master',
    version: 3,
    within: [
      { name: 'coverage:t', from: 0, to: 0.5 },
      { name: 'namespace:search', from: 0.2, to: 0.4 },
      { name: 'holdout:global', from: 0.1, to: 1 },
    ],
    targeting: { country: 'de' },
    sticky: true,
  })
})

test.each([
  ['coverage', { coverage: 0.3 }, 0.3],
  ['a part of a namespace', { namespace: { name: 'n', from: 0.25, to: 0.75 } }, 0.5],
  ['a holdout', { holdout: { name: 'h', share: 0.2 } }, 0.8],
  ['no coverage', { coverage: 0 }, 0],
  ['a holdout of all', { holdout: { name: 'h', share: 1 } }, 0],
])('%s lets in the users that it says', (_, more, share) => {
  const users = Array.from({ length: 5000 }, (_, i) => `u${i}`)
  const split = users.filter((user) => decide('t', clientTest(more), { user }, matches).reason === 'split')
  expect(Math.abs(split.length / users.length - share)).toBeLessThan(0.03)
})
