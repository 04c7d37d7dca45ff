import { describe, expect, test } from 'vitest'
import { type TestDefinition, testDefinition } from '../definition/test.js'
import { AssayError } from '../errors.js'
import { limits } from '../event.js'
import { Definitions } from './definitions.js'
import { type ControlRecord, controlRecord } from './record.js'

const definition = (more: object = {}): TestDefinition =>
  testDefinition.parse({
    branches: [
      { name: 'master', weight: 9 },
      { name: 'new', weight: 1 },
    ],
    control: 'master',
    metrics: [],
    ...more,
  })
const weights = (master: number, other: number) =>
  definition({
    branches: [
      { name: 'master', weight: master },
      { name: 'new', weight: other },
    ],
  })
const onlyMaster = definition({ branches: [{ name: 'master', weight: 1 }] })

type What = { what: ControlRecord['what']; definition?: TestDefinition; ship?: string }
let ids = 0
const record = (expects: number, what: What, to: { app?: string; testId?: string } = {}): ControlRecord =>
  controlRecord.parse({ id: `r${ids++}`, at: ids, by: 'admin', app: 'shop', testId: 't', expects, ...what, ...to })

const define = (d = definition()): What => ({ what: 'define', definition: d })
const start: What = { what: 'start' }
const stop = (ship?: string): What => ({ what: 'stop', ...(ship !== undefined && { ship }) })
const archive: What = { what: 'archive' }
const current: What = { what: 'current' }

/** Folds records, of which each expects what the state before it is. */
function fold(changes: readonly What[]): Definitions {
  const definitions = new Definitions()
  for (const change of changes) {
    const outcome = definitions.apply(record(definitions.test('shop', 't')?.version ?? 0, change))
    if (outcome instanceof AssayError) throw outcome
  }
  return definitions
}

const seen = (definitions: Definitions) => JSON.parse(definitions.config('shop')).tests.t

describe('records of a test come to a state', () => {
  test.each<[string, What[], { stage: string; version: number; phase?: number; ship?: string }]>([
    ['defined', [define()], { stage: 'draft', version: 1 }],
    ['started', [define(), start], { stage: 'running', version: 2, phase: 2 }],
    ['changed before its start', [define(), define(weights(1, 1)), start], { stage: 'running', version: 3, phase: 3 }],
    ['changed for clients', [define(), start, define(weights(1, 1))], { stage: 'running', version: 3, phase: 3 }],
    ['explained', [define(), start, define(definition({ owner: 'ann' }))], { stage: 'running', version: 3, phase: 2 }],
    ['stopped', [define(), start, stop()], { stage: 'stopped', version: 3 }],
    ['shipped', [define(), start, stop('new')], { stage: 'stopped', version: 3, phase: 3, ship: 'new' }],
    ['shipped later', [define(), start, stop(), stop('new')], { stage: 'stopped', version: 4, phase: 4, ship: 'new' }],
    [
      'shipped and explained',
      [define(), start, stop('new'), define(definition({ owner: 'bo' }))],
      { stage: 'stopped', version: 4, phase: 3, ship: 'new' },
    ],
    ['taken back', [define(), start, stop('new'), stop()], { stage: 'stopped', version: 4 }],
    ['started again', [define(), start, stop('new'), start], { stage: 'running', version: 4, phase: 4 }],
    ['archived', [define(), start, stop('new'), archive], { stage: 'archived', version: 4 }],
    ['archived while it runs', [define(), start, archive], { stage: 'archived', version: 3 }],
    ['made current', [define(), start, current], { stage: 'running', version: 2, phase: 2 }],
    [
      'made current when it was shipped',
      [define(), start, stop('new'), current],
      { stage: 'stopped', version: 3, phase: 3, ship: 'new' },
    ],
    ['changed after that', [define(), current, start], { stage: 'running', version: 2, phase: 2 }],
  ])('%s', (_, changes, { phase, ...expected }) => {
    const definitions = fold(changes)
    const state = definitions.test('shop', 't')!
    expect(state).toMatchObject(expected)
    expect(state.history.map((r) => r.what)).toEqual(changes.map((c) => c.what))
    // Clients see what runs or was shipped, under the version since which it is so.
    expect(seen(definitions)?.version).toBe(phase)
    expect(seen(definitions)?.ship).toBe(expected.ship)
  })

  test('of which clients see what they need, and the rest stays here', () => {
    const definitions = fold([define(definition({ owner: 'ann', coverage: 0.5 })), start])
    expect(seen(definitions)).toEqual({
      branches: definition().branches,
      control: 'master',
      version: 2,
      within: [{ name: 'coverage:t', from: 0, to: 0.5 }],
    })
  })
})

describe('a record changes nothing', () => {
  test.each<[string, What[], What, number, string]>([
    ['of a version that was never', [define()], define(), 2, 'version-mismatch'],
    ['of a version that is past', [define(), start], define(), 1, 'version-mismatch'],
    ['of a new test that is there', [define()], define(), 0, 'version-mismatch'],
    ['of an old test that is not there', [], define(), 1, 'version-mismatch'],
    ['that starts what is not there', [], start, 0, 'test-not-found'],
    ['that starts what runs', [define(), start], start, 2, 'transition-invalid'],
    ['that stops what never ran', [define()], stop(), 1, 'transition-invalid'],
    ['that ships what never ran', [define()], stop('new'), 1, 'transition-invalid'],
    ['that starts what is archived', [define(), archive], start, 2, 'transition-invalid'],
    ['that defines what is archived', [define(), archive], define(), 2, 'transition-invalid'],
    ['that archives what is archived', [define(), archive], archive, 2, 'transition-invalid'],
    ['that makes current what is not there', [], current, 0, 'test-not-found'],
    ['that makes current what is archived', [define(), archive], current, 2, 'transition-invalid'],
    ['that ships no branch of the test', [define(), start], stop('old'), 2, 'branch-not-found'],
    ['that takes the shipped branch away', [define(), start, stop('new')], define(onlyMaster), 3, 'branch-not-found'],
  ])('%s', (_, changes, change, expects, code) => {
    const definitions = fold(changes)
    const before = [definitions.test('shop', 't'), definitions.config('shop')]
    expect(definitions.apply(record(expects, change))).toMatchObject({ code })
    expect([definitions.test('shop', 't'), definitions.config('shop')]).toEqual(before)
  })

  test('when another was first, whoever folds the log', () => {
    const race = [
      record(0, define()),
      record(0, define(onlyMaster)),
      record(1, start),
      record(1, archive),
      record(2, stop()),
    ]
    const outcomes = () => {
      const definitions = new Definitions()
      return race.map((r) => {
        const outcome = definitions.apply(r)
        return outcome instanceof AssayError ? outcome.code : outcome.version
      })
    }
    expect(outcomes()).toEqual([1, 'version-mismatch', 2, 'version-mismatch', 3])
    expect(outcomes()).toEqual(outcomes())
  })

  test('past the limits of apps, tests and what clients take; archived tests make room', () => {
    const definitions = new Definitions()
    const made = (app: string, testId: string) => definitions.apply(record(0, define(), { app, testId }))
    for (let i = 0; i < limits.testsPerApp; i++) made('shop', `t${i}`)
    expect(made('shop', 'more')).toMatchObject({ code: 'too-many-tests' })
    definitions.apply(record(1, archive, { testId: 't0' }))
    expect(made('shop', 'more')).toMatchObject({ version: 1 })
    for (let i = 1; i < limits.apps; i++) made(`app${i}`, 't')
    expect(made('another', 't')).toMatchObject({ code: 'too-many-apps' })

    const wordy = definition({ targeting: { user: Array.from({ length: 900 }, (_, i) => `${i}`.padEnd(256, 'x')) } })
    const outcomes = Array.from({ length: 8 }, (_, i) => {
      definitions.apply(record(1, define(wordy), { testId: `t${i + 1}` }))
      return definitions.apply(record(2, start, { testId: `t${i + 1}` }))
    })
    expect(outcomes.at(0)).toMatchObject({ stage: 'running' })
    expect(outcomes.at(-1)).toMatchObject({ code: 'config-too-large' })
    expect(definitions.config('shop').length).toBeLessThan(2_000_000)
  })
})

describe('the current test of an app', () => {
  const at = (testId: string, expects: number, what: What) => record(expects, what, { testId })
  const begun = (testId: string) => [at(testId, 0, define()), at(testId, 1, start)]

  test.each<[string, ControlRecord[], string | undefined, string | undefined]>([
    ['none before anybody says', begun('a'), undefined, undefined],
    ['the one that was named', [...begun('a'), ...begun('b'), at('a', 2, current)], 'a', 'a'],
    ['the last that was', [...begun('a'), ...begun('b'), at('a', 2, current), at('b', 2, current)], 'b', 'b'],
    ['still it when it is changed', [...begun('a'), at('a', 2, current), at('a', 2, define(weights(1, 1)))], 'a', 'a'],
    ['not clients’ while it is a draft', [at('a', 0, define()), at('a', 1, current)], 'a', undefined],
    ['clients’ from its start on', [at('a', 0, define()), at('a', 1, current), at('a', 1, start)], 'a', 'a'],
    ['clients’ no more when it ends', [...begun('a'), at('a', 2, current), at('a', 2, stop())], 'a', undefined],
    ['clients’ when it was shipped', [...begun('a'), at('a', 2, current), at('a', 2, stop('new'))], 'a', 'a'],
    ['none when it is put away', [...begun('a'), at('a', 2, current), at('a', 2, archive)], undefined, undefined],
    [
      'still it when another is put away',
      [...begun('a'), ...begun('b'), at('a', 2, current), at('b', 2, archive)],
      'a',
      'a',
    ],
  ])('is %s', (_, records, known, seen) => {
    const definitions = new Definitions()
    for (const one of records) expect(definitions.apply(one)).not.toBeInstanceOf(AssayError)
    expect(definitions.currentTest('shop')).toBe(known)
    expect(JSON.parse(definitions.config('shop')).current).toBe(seen)
    expect(definitions.currentTest('other')).toBeUndefined()
  })
})

describe('listeners', () => {
  test('hear of what clients see, and of nothing else', () => {
    const definitions = new Definitions()
    const heard: string[] = []
    definitions.onChange((app) => heard.push(app))
    const told = (expects: number, change: What) => {
      definitions.apply(record(expects, change))
      return heard.splice(0).length
    }
    const times = [define(), start, define(definition({ owner: 'ann' })), define(weights(1, 1)), stop(), archive].map(
      (change, i) => told(i, change),
    )
    expect(times).toEqual([0, 1, 0, 1, 1, 0])
  })

  test('hear of another current test, once', () => {
    const definitions = fold([define(), start])
    const heard: string[] = []
    definitions.onChange((app) => heard.push(app))
    for (let i = 0; i < 3; i++) definitions.apply(record(0, current))
    expect(heard).toEqual(['shop'])
  })

  test('an app without definitions has no tests', () => {
    expect(new Definitions().config('none')).toBe('{"tests":{}}')
  })
})

test.each(['$shop', '__proto__', 'constructor', '', 'x'.repeat(129), 'a\nb'])('no test may be named %j', (testId) => {
  const { success } = controlRecord.safeParse({ ...record(0, define()), testId })
  expect(success).toBe(false)
})
