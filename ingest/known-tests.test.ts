import { expect, it } from 'vitest'
import { KnownTests } from './known-tests.js'

const limits = { apps: 2, testsPerApp: 2 }

it('takes known tests for ever and new ones up to the limit', () => {
  const known = new KnownTests([{ app: 'a', test: 't1' }], limits)
  expect(known.admit('a', { t1: 'b', t2: 'b' })).toBeNull()
  expect(known.admit('a', { t3: 'b' })?.code).toBe('too-many-tests')
  expect(known.admit('a', { t1: 'b', t3: 'b' })?.code).toBe('too-many-tests')
  expect(known.admit('a', { t2: 'b' })).toBeNull()
  expect(known.admit('a', {})).toBeNull()
})

it('takes none of a refused event’s tests', () => {
  const known = new KnownTests([], limits)
  expect(known.admit('a', { t1: 'b', t2: 'b', t3: 'b' })?.code).toBe('too-many-tests')
  expect(known.admit('a', { t4: 'b', t5: 'b' })).toBeNull()
})

it('counts tests an app, and apps', () => {
  const known = new KnownTests([{ app: 'a', test: '' }], limits)
  expect(known.admit('a', { t1: 'b', t2: 'b' })).toBeNull()
  expect(known.admit('b', { t1: 'b', t2: 'b' })).toBeNull()
  expect(known.admit('c', {})?.code).toBe('too-many-apps')
})

it('more tests than the limit in the store stay usable', () => {
  const seed = ['t1', 't2', 't3'].map((test) => ({ app: 'a', test }))
  expect(new KnownTests(seed, limits).admit('a', { t1: 'b', t3: 'b' })).toBeNull()
})
