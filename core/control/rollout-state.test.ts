import { describe, expect, test } from 'vitest'
import { testDefinition } from '../definition/test.js'
import { AssayError } from '../errors.js'
import { Definitions } from './definitions.js'
import { controlRecord, type RolloutAction } from './record.js'

const definition = (more: object = {}) =>
  testDefinition.parse({
    branches: [
      { name: 'master', weight: 1 },
      { name: 'new', weight: 1 },
    ],
    control: 'master',
    metrics: [],
    rollout: { steps: [{ weight: 0.01 }, { weight: 0.05 }, { weight: 0.5 }] },
    ...more,
  })
const byHand = (weight: number) =>
  definition({
    branches: [
      { name: 'master', weight: 100 - weight },
      { name: 'new', weight },
    ],
  })

let ids = 0
type Change = RolloutAction | object
const rollout = (action: RolloutAction, more: object = {}) => ({ what: 'rollout', action, ...more })

/** Folds changes, each of which expects what the state before it is, behind a definition. */
function fold(changes: readonly Change[], first = definition()) {
  const definitions = new Definitions()
  for (const change of [{ what: 'define', definition: first }, ...changes]) {
    const what = typeof change === 'string' ? rollout(change as RolloutAction) : change
    const expects = definitions.test('shop', 't')?.version ?? 0
    const record = { id: `r${ids}`, at: ids++, by: 'admin', app: 'shop', testId: 't', expects, ...what }
    const outcome = definitions.apply(controlRecord.parse(record))
    if (outcome instanceof AssayError) throw outcome
  }
  return definitions.test('shop', 't')!
}

const weightsOf = (state: ReturnType<typeof fold>) => state.definition.branches.map(({ weight }) => weight)

describe('steps of a rollout come to a stage, a step and a weight', () => {
  test.each<[string, Change[], string, number, number]>([
    ['begun', ['begin'], 'rolling', 0, 0.01],
    ['promoted', ['begin', 'promote'], 'rolling', 1, 0.05],
    ['promoted to everybody', ['begin', 'promote', 'promote', 'promote'], 'done', 3, 1],
    ['suspended', ['begin', 'promote', 'suspend'], 'suspended', 1, 0],
    ['resumed', ['begin', 'promote', 'suspend', 'resume'], 'rolling', 1, 0.05],
    ['paused', ['begin', 'promote', 'pause'], 'paused', 1, 0.05],
    ['suspended while it pauses', ['begin', 'pause', 'suspend'], 'suspended', 0, 0],
    ['paused at nothing', ['begin', 'suspend', 'pause'], 'paused', 0, 0],
    ['paused at nothing and resumed', ['begin', 'suspend', 'pause', 'resume'], 'rolling', 0, 0.01],
    ['sent on from a pause', ['begin', 'pause', 'promote'], 'rolling', 1, 0.05],
    ['rolled back', ['begin', 'promote', 'rollback'], 'rolled-back', 1, 0],
    ['rolled back when it was done', ['begin', 'promote', 'promote', 'promote', 'rollback'], 'rolled-back', 3, 0],
    ['stopped', ['begin', { what: 'stop' }], 'ended', 0, 0.01],
    ['archived', ['begin', { what: 'archive' }], 'ended', 0, 0.01],
    [
      'without a policy any more',
      ['begin', { what: 'define', definition: definition({ rollout: undefined }) }],
      'ended',
      0,
      0.01,
    ],
    ['explained', ['begin', { what: 'define', definition: byHand(1) }], 'rolling', 0, 0.01],
    ['moved by hand', ['begin', { what: 'define', definition: byHand(30) }], 'paused', 0, 0.3],
    ['moved by hand and resumed', ['begin', { what: 'define', definition: byHand(30) }, 'resume'], 'rolling', 0, 0.01],
    ['told of a promotion', ['begin', rollout('promote', { dry: true })], 'rolling', 0, 0.01],
    ['told of a rollback', ['begin', rollout('rollback', { dry: true })], 'rolling', 0, 0.01],
  ])('%s', (_, changes, stage, step, weight) => {
    const state = fold(changes)
    expect(state.rollout).toMatchObject({ stage, step, weight })
    expect(state.version).toBe(1 + changes.length)
  })

  test('and the weights are the definition’s, a phase each', () => {
    const phases = (['begin', 'promote', 'suspend', 'resume', 'pause'] as const).map((_, i, all) => {
      const state = fold(all.slice(0, i + 1))
      return [weightsOf(state), state.phase, state.stage]
    })
    expect(phases).toEqual([
      [[0.99, 0.01], 2, 'running'],
      [[0.95, 0.05], 3, 'running'],
      [[1, 0], 4, 'running'],
      [[0.95, 0.05], 5, 'running'],
      [[0.95, 0.05], 5, 'running'],
    ])
  })

  test('whose weights by hand and on another scale are no phase where they are the same', () => {
    const state = fold(['begin', { what: 'define', definition: byHand(1) }, rollout('promote', { dry: true })])
    expect(weightsOf(state)).toEqual([99, 1])
  })
})

test.each<[string, Change[], number]>([
  ['a first attempt', ['begin'], 1],
  ['a second', ['begin', 'rollback', 'begin'], 2],
  ['a third', ['begin', 'rollback', 'begin', { what: 'stop' }, { what: 'start' }, 'begin'], 3],
  ['the first of another release', ['begin', 'rollback', rollout('begin', { release: '2' })], 1],
  ['the second of a release', [rollout('begin', { release: '2' }), 'rollback', rollout('begin', { release: '2' })], 2],
  ['the first after one that was done', ['begin', 'promote', 'promote', 'promote', 'begin'], 1],
])('%s', (_, changes, attempt) => {
  expect(fold(changes).rollout).toMatchObject({ attempt, step: 0, weight: 0.01, suspensions: 0 })
})

test.each<[string, Change[], RegExp]>([
  ['one that was not begun', ['promote'], /rolling or paused; it is not begun/],
  ['a second one beside the first', ['begin', 'begin'], /not begun or done or rolled-back or ended; it is rolling/],
  ['a promotion while it is suspended', ['begin', 'suspend', 'promote'], /it is suspended/],
  ['a step of one that is over', ['begin', 'rollback', 'resume'], /it is rolled-back/],
  ['a suspension of what is suspended', ['begin', 'suspend', 'suspend'], /it is suspended/],
])('refuses %s', (_, changes, message) => {
  expect(() => fold(changes)).toThrow(message)
})

test('refuses a rollout without a policy', () => {
  expect(() => fold(['begin'], definition({ rollout: undefined }))).toThrow(/definition has a rollout/)
})

describe('controllers', () => {
  const step = (epoch: number, expects: number, action: RolloutAction) =>
    controlRecord.parse({
      ...{ id: `c${ids}`, at: ids++, by: 'controller', app: 'shop', testId: 't', expects },
      ...{ what: 'rollout', action, epoch },
    })
  const lead = (epoch: number) => controlRecord.parse({ what: 'lead', id: `l${ids}`, at: ids++, by: 'one', epoch })
  const outcomes = (definitions: Definitions, records: ReturnType<typeof lead>[]) =>
    records.map((record) => {
      const outcome = definitions.apply(record)
      return outcome instanceof AssayError ? outcome.code : outcome.version
    })

  test('lead one after the other, and steps of those before count no more', () => {
    const definitions = new Definitions()
    const first = { id: 'd', at: 0, by: 'admin', app: 'shop', testId: 't', expects: 0, what: 'define' }
    definitions.apply(controlRecord.parse({ ...first, definition: definition() }))
    const records = [
      lead(1),
      step(1, 1, 'begin'),
      lead(2),
      lead(2),
      step(1, 2, 'promote'),
      step(2, 2, 'suspend'),
      lead(4),
    ]
    expect(outcomes(definitions, records)).toEqual([
      1,
      2,
      2,
      'version-mismatch',
      'version-mismatch',
      3,
      'version-mismatch',
    ])
    expect(definitions.epoch).toBe(2)
    expect(definitions.test('shop', 't')!.rollout).toMatchObject({ stage: 'suspended' })
  })
})

describe('a policy', () => {
  const refused = (rollout: object, more: object = {}) => {
    const { error } = testDefinition.safeParse({ ...definition(), rollout, ...more })
    return error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`)
  }

  test.each<[string, object, object, string]>([
    [
      'weights that do not grow',
      { steps: [{ weight: 0.5 }, { weight: 0.1 }] },
      {},
      'rollout.steps must have growing weights',
    ],
    ['a step to everybody', { steps: [{ weight: 1 }] }, {}, 'rollout.steps.0.weight Too big: expected number to be <1'],
    ['two alike', { guardrails: [{ kind: 'errors' }, { kind: 'errors' }] }, {}, 'rollout.guardrails must differ'],
    [
      'a metric of nobody',
      { guardrails: [{ kind: 'metric', metric: 'm' }] },
      {},
      'rollout.guardrails must name metrics that are among the test’s metrics or guardrails',
    ],
    [
      'users who stay',
      {},
      { sticky: true },
      'sticky must be left out of a test with a rollout: its users go where the weights send them',
    ],
    [
      'three branches',
      {},
      { branches: ['master', 'a', 'b'].map((name) => ({ name, weight: 1 })) },
      'branches must be two, the control and the canary, of a test with a rollout',
    ],
    ['an address that is none', { notify: ['ftp://here'] }, {}, 'rollout.notify.0 Invalid URL'],
  ])('of %s is refused', (_, rollout, more, message) => {
    expect(refused(rollout, more)).toEqual([message])
  })

  test('is whole by itself', () => {
    expect(definition({ rollout: {} }).rollout).toMatchObject({
      steps: [{ weight: 0.01, bake: 300 }, { weight: 0.05 }, { weight: 0.25 }, { weight: 0.5 }],
      guardrails: [{ kind: 'errors', severity: 'critical', margin: 0.5, floor: 0.001, weight: 1 }],
      missing: { after: 60, act: 'suspend' },
      alpha: 0.01,
    })
  })
})
