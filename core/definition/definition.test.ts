import { describe, expect, test } from 'vitest'
import { assign } from '../assign.js'
import { innermost } from './innermost.js'
import { automaticTest, testDefinition } from './test.js'

const buy = { name: 'buyers', event: 'purchase', kind: 'conversion' as const }
const valid = {
  branches: [
    { name: 'master', weight: 0.9 },
    { name: 'one-page', weight: 0.1 },
  ],
  control: 'master',
  metrics: [buy],
}

describe('a test’s definition', () => {
  test('is taken as it is, up being better and every look allowed unless it says otherwise', () => {
    const decision = { method: 'any-time', alpha: 0.05, plannedUsers: 5000 }
    expect(testDefinition.parse(valid)).toEqual({
      ...valid,
      metrics: [{ ...buy, direction: 'up', lookback: 14 }],
      guardrails: [],
      decision,
    })
    const chosen = { method: 'single-look', alpha: 0.01, plannedUsers: 200_000 } as const
    expect(testDefinition.parse({ ...valid, decision: chosen }).decision).toEqual(chosen)
  })

  const twice = <T>(x: T) => [x, x]
  test.each<[string, object, string]>([
    ['no branch', { branches: [] }, 'branches'],
    ['two of one name', { branches: twice(valid.branches[0]) }, 'branches'],
    ['a branch with a version', { branches: [{ name: 'master@2', weight: 1 }] }, 'branches.0.name'],
    ['a weight below 0', { branches: [{ name: 'master', weight: -1 }] }, 'branches.0.weight'],
    ['a weight without end', { branches: [{ name: 'master', weight: Infinity }] }, 'branches.0.weight'],
    ['weights of 0 alone', { branches: valid.branches.map((b) => ({ ...b, weight: 0 })) }, 'branches'],
    ['a control that is no branch', { control: 'two-page' }, 'control'],
    ['two metrics of one name', { metrics: twice(buy) }, 'metrics'],
    ['a metric of no known kind', { metrics: [{ ...buy, kind: 'feeling' }] }, 'metrics.0.kind'],
    ['an error rate of 0', { decision: { alpha: 0 } }, 'decision.alpha'],
    ['an error rate of 1', { decision: { alpha: 1 } }, 'decision.alpha'],
    ['nobody planned', { decision: { plannedUsers: 0 } }, 'decision.plannedUsers'],
    ['a method nobody knows', { decision: { method: 'peeking' } }, 'decision.method'],
    ['a branch that events cannot name', { branches: [{ name: '$new', weight: 1 }] }, 'branches.0.name'],
    ['coverage above 1', { coverage: 1.1 }, 'coverage'],
    ['coverage below 0', { coverage: -0.1 }, 'coverage'],
    [
      'a part of a namespace that ends before it begins',
      { namespace: { name: 'n', from: 0.5, to: 0.5 } },
      'namespace.to',
    ],
    ['a part beyond the namespace', { namespace: { name: 'n', from: 0.5, to: 1.5 } }, 'namespace.to'],
    ['a holdout without a name', { holdout: { share: 0.1 } }, 'holdout.name'],
    ['targeting that no client knows', { targeting: { country: { $like: 'd' } } }, 'targeting.country'],
    ['stickiness that is text', { sticky: 'yes' }, 'sticky'],
    ['a hypothesis without end', { hypothesis: 'x'.repeat(2001) }, 'hypothesis'],
    ['an owner without a name', { owner: '' }, 'owner'],
    ['a field nobody knows', { weight: 1 }, ''],
  ])('with %s is refused', (_, change, path) => {
    const { error } = testDefinition.safeParse({ ...valid, ...change })
    expect(innermost(error!.issues[0]!).path.join('.')).toBe(path)
  })
})

describe('a test known from its events', () => {
  test.each([
    [['control', 'b', 'master'], 'master'],
    [['control', 'b', 'a'], 'control'],
    [['b', 'a'], 'a'],
  ])('of %j has control %s', (branches, control) => {
    expect(automaticTest(branches, [], false).control).toBe(control)
  })

  test.each([
    ['live', false, 'any-time'],
    ['imported', true, 'single-look'],
  ])('and %s is decided by its own method', (_, imported, method) => {
    expect(automaticTest(['a', 'b'], [], imported).decision.method).toBe(method)
  })

  test('has a definition like any other, by which users can be assigned', () => {
    const definition = automaticTest(['b', 'a'], ['view', 'buy'], false)
    expect(testDefinition.parse(definition)).toEqual(definition)
    expect(definition.metrics.map((m) => m.name)).toEqual([
      'view conversion',
      'view per user',
      'buy conversion',
      'buy per user',
    ])
    expect(['a', 'b']).toContain(assign('ann', 'checkout', definition.branches))
  })
})
