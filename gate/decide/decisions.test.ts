import { assign, bucket } from '@assay/core/assign'
import { coverage, holdout } from '@assay/core/decide'
import { describe, expect, test } from 'vitest'
import { canaryAt, decisionsBy, release } from '../testkit/tests.js'

const users = Array.from({ length: 1000 }, (_, i) => `user-${i}`)
const inCanary = (share: number) => {
  const decisions = decisionsBy(release(share))
  return users.filter((user) => !decisions.ofUser({ user }).isControl)
}

test('1,000 users have the branches that core gives them', () => {
  const three = {
    branches: [
      { name: 'old', weight: 5 },
      { name: 'new', weight: 3 },
      { name: 'newer', weight: 2 },
    ],
    control: 'old',
  }
  const decisions = decisionsBy({ tests: { two: canaryAt(0.3), three } })
  for (const [testId, { branches }] of Object.entries({ two: canaryAt(0.3), three }))
    expect(users.map((user) => decisions.ofUser({ user }, testId).branch)).toEqual(
      users.map((user) => assign(user, testId, branches)),
    )
})

test('who is in the canary stays in it while it grows', () => {
  const steps = [0.01, 0.05, 0.25, 0.5, 1].map(inCanary)
  for (const [i, before] of steps.slice(0, -1).entries()) expect(steps[i + 1]).toEqual(expect.arrayContaining(before))
  expect(steps.map((canary) => canary.length > 0)).toEqual([true, true, true, true, true])
  expect(steps.at(-1)).toEqual(users)
  expect(inCanary(0)).toEqual([])
})

test('the place of a user is the number that the rollout is held against', () => {
  const decisions = decisionsBy(release(0.3))
  for (const user of users)
    expect(decisions.ofUser({ user }).isControl).toBe(bucket(user, 'release') >= decisions.rollout())
})

test('a test that is sticky keeps whom it had, and forgets branches that it has no more', () => {
  const decisions = decisionsBy(release(0.01, { sticky: true }))
  const kept = (branch: string) => decisions.ofUser({ user: 'user-1', sticky: { release: branch } })
  expect(kept('next')).toMatchObject({ branch: 'next', reason: 'sticky', isKept: true })
  expect(kept('gone')).toMatchObject({ branch: 'master', reason: 'split', isKept: true })
})

const all = canaryAt(1)
const only = (test: unknown, current = 'release') => ({ tests: { release: test }, current })

describe('the control, and a rollout of 0', () => {
  test.each<[string, Parameters<typeof decisionsBy>, string?]>([
    ['nothing is known yet', [null]],
    ['what is known is stale', [only(all), false]],
    ['there is maintenance', [only(all), true, true]],
    ['the test is not known', [only(all)], 'other'],
    ['the test is named as what every object has', [only(all)], '__proto__'],
    ['no test is current', [{ tests: { release: all } }]],
    ['the current test is not known', [only(all, 'other')]],
    ['the current test is no name', [{ tests: { release: all }, current: 7 }]],
    ['there are no branches', [only({ branches: [], control: 'master' })]],
    ['branches are no list', [only({ branches: 'next' })]],
    ['the test is null', [only(null)]],
    ['a weight is a text', [only({ ...all, branches: [all.branches[0], { name: 'next', weight: '1' }] })]],
    ['a weight is below 0', [only({ ...all, branches: [{ name: 'master', weight: -1 }, all.branches[1]] })]],
    ['a weight is null, as NaN is in JSON', [only({ ...all, branches: [{ name: 'next', weight: null }] })]],
    [
      'no branch has a weight',
      [
        only({
          branches: [
            { name: 'next', weight: 0 },
            { name: 'master', weight: 0 },
          ],
        }),
      ],
    ],
    ['two branches have one name', [only({ branches: [all.branches[0], all.branches[1], all.branches[1]] })]],
    ['the control is no branch', [only({ ...all, control: 'gone' })]],
    ['what was shipped is no branch', [only({ ...all, ship: 'gone' })]],
    ['a range has no end', [only({ ...all, within: [{ name: 'coverage:release', from: 0 }] })]],
    ['an operator is not known', [only({ ...all, targeting: { age: { $near: 3 } } })]],
    ['the condition is a text', [only({ ...all, targeting: 'everybody' })]],
    ['nobody is covered', [only({ ...all, within: [coverage('release', 0)] })]],
    ['everybody is held out', [only({ ...all, within: [holdout('h', 1)] })]],
    ['the condition does not hold', [only({ ...all, targeting: { country: 'de' } })]],
    ['the control was shipped', [only({ ...all, ship: 'master' })]],
  ])('%s', (_, by, named) => {
    const decisions = decisionsBy(...by)
    expect(users.filter((user) => !decisions.ofUser({ user }, named).isControl)).toEqual([])
    expect(decisions.ofUser({ user: 'ann' }, named).branch).toBe('master')
    expect(decisions.rollout(named)).toBe(0)
  })

  test.each(['', 'x'.repeat(257), 'a\nb', 'a\u0000', '\ud800', 'a\ufffd'])('a user who is %j', (user) => {
    expect(decisionsBy(only(all)).ofUser({ user })).toMatchObject({ branch: 'master', isControl: true })
  })

  test('keeps its name while data are stale', () => {
    const decisions = decisionsBy(only({ ...all, control: 'next' }), false)
    expect(decisions.ofUser({ user: 'ann' })).toMatchObject({ branch: 'next', isControl: true, reason: 'unknown' })
  })
})

test.each<[string, object, number]>([
  ['two branches', canaryAt(0.05), 0.05],
  ['the control last', { branches: [...canaryAt(0.05).branches].reverse(), control: 'master' }, 0.05],
  ['no control named: the first', { branches: canaryAt(0.05).branches }, 0.05],
  ['half of the users covered', canaryAt(0.5, { within: [coverage('release', 0.5)] }), 0.25],
  ['a condition that holds of whom nothing is known', canaryAt(0.5, { targeting: { bot: { $exists: false } } }), 0.5],
  ['the canary shipped', canaryAt(0.05, { ship: 'next' }), 1],
])('the rollout of %s', (_, test, share) => {
  expect(decisionsBy(only(test)).rollout()).toBeCloseTo(share, 12)
})
