import type { Defined, History, Tests } from '@assay/query-api/schemas'
import { expect, test } from 'vitest'
import { changedScreen, historyScreen, listScreen, showScreen } from './test-screen.js'
import { definedWith } from './testkit/canary.js'

const width = (screen: string) => Math.max(...screen.split('\n').map((line) => line.length))
const definition: Defined['definition'] = {
  branches: [
    { name: 'master', weight: 9 },
    { name: 'one-page', weight: 1 },
  ],
  control: 'master',
  metrics: [{ name: 'buyers', event: 'purchase', kind: 'conversion', direction: 'up', lookback: 14 }],
  guardrails: [],
  decision: { method: 'any-time', alpha: 0.05, plannedUsers: 5000 },
}

test('a list has a line for each test, within 80 columns', () => {
  const seen = { firstSeen: '2026-11-01T10:00:00.000Z', lastSeen: '2026-11-21T12:30:00.000Z' }
  const branches = ['master', 'one-page']
  const tests: Tests['tests'] = [
    { testId: 'checkout', branches, events: [], users: 20_000, ...seen, stage: 'running', version: 3, current: true },
    {
      testId: 'draft',
      branches: [...branches, 'two-page', 'three-page'],
      events: [],
      users: 0,
      stage: 'draft',
      version: 1,
    },
    { testId: 'known from its events alone', branches, events: ['view'], users: 312, ...seen },
  ]
  const screen = listScreen({ app: 'shop', tests })
  expect(screen.split('\n')).toEqual([
    '  test                  stage     ver     users  last event  branches',
    '* checkout              running     3    20,000  2026-11-21  master, one-page',
    '  draft                 draft       1         0  –           master, one-page, …',
    '  known from its even…  –           –       312  2026-11-21  master, one-page',
    '',
    '* the app’s current test   – known from its events alone',
  ])
  expect(width(screen)).toBeLessThanOrEqual(80)
  expect(listScreen({ app: 'shop', tests: tests.slice(1, 2) }).split('\n')).toHaveLength(2)
  expect(listScreen({ app: 'shop', tests: [] })).toBe('shop has no tests.')
})

test('a test is shown with all that is said of it, and what people wrote cannot steer the terminal', () => {
  const said: Defined = {
    ...{ app: 'shop', testId: 'checkout', version: 4, stage: 'stopped', phase: 2, current: true, ship: 'one-page' },
    definition: {
      ...definition,
      coverage: 0.125,
      namespace: { name: 'search', from: 0, to: 0.5 },
      holdout: { name: 'global', share: 0.1 },
      targeting: { country: ['de', 'at'] },
      sticky: true,
      hypothesis: `Fewer steps,\nmore \u001b[31mbuyers${' and so on'.repeat(8)}`,
      owner: 'ann',
    },
  }
  const screen = showScreen(said)
  expect(screen.split('\n')).toEqual([
    'shop / checkout   stopped   version 4, phase 2   the app’s current test',
    '',
    '  master     90.0%  control',
    '  one-page   10.0%  everybody gets it',
    '',
    '  metrics     buyers: conversion of purchase, up is better',
    '  decision    any-time, alpha 0.05, 5,000 users planned',
    '  coverage    12.5%',
    '  namespace   search, 0 to 0.5',
    '  holdout     global, 10%',
    '  targeting   {"country":["de","at"]}',
    '  sticky      users keep their first branch',
    '  hypothesis  Fewer steps, more  [31mbuyers and so on and so on and so on and so',
    '              on and so on and so on and so on and so on',
    '  owner       ann',
  ])
  expect(width(screen)).toBeLessThanOrEqual(80)
})

test('a history tells what each change changed', () => {
  const at = '2026-11-21T12:42:11.000Z'
  const common = { at, by: 'admin' }
  const more = { ...definition, branches: definition.branches.map((b) => ({ ...b, weight: 1 })), owner: 'ann' }
  const history: History['history'] = [
    { version: 1, ...common, what: 'define', definition, why: 'fewer steps' },
    { version: 2, ...common, what: 'start' },
    { version: 3, ...common, what: 'define', definition: more, why: `it goes well${', very well'.repeat(4)}` },
    { version: 3, ...common, what: 'current' },
    { version: 4, ...common, what: 'define', definition: more },
    { version: 5, ...common, what: 'stop', ship: 'one-page' },
    { version: 6, ...common, what: 'stop' },
    { version: 7, ...common, what: 'archive' },
  ]
  const screen = historyScreen({ app: 'shop', testId: 'checkout', history })
  const when = '2026-11-21 12:42:11  admin  '
  const below = ' '.repeat(37)
  expect(screen.split('\n')).toEqual([
    'shop / checkout',
    'version  when (UTC)           by     what',
    `      1  ${when}defined: master 9, one-page 1`,
    `${below}fewer steps`,
    `      2  ${when}started`,
    `      3  ${when}changed: master 1, one-page 1, owner`,
    `${below}it goes well, very well, very well, very`,
    `${below}well, very well`,
    `      3  ${when}made the app’s current test`,
    `      4  ${when}changed: nothing`,
    `      5  ${when}stopped; everybody gets one-page`,
    `      6  ${when}stopped`,
    `      7  ${when}put away`,
  ])
  expect(width(screen)).toBeLessThanOrEqual(80)
})

test('a history tells each step of a rollout, by whom and why', () => {
  const at = '2026-11-21T12:42:11.000Z'
  const steps = [0.01, 0.05].map((weight) => ({ weight, bake: 300 }))
  const rolling = { ...definedWith().definition, rollout: { ...definedWith().definition.rollout!, steps } }
  const step = { at, by: 'controller', what: 'rollout' as const }
  const safe = { reasons: [{ reason: 'safe', guardrail: 'errors' }] }
  const counts = { canary: { total: 412, bad: 30 }, control: { total: 8100, bad: 9 } }
  const harmful = { reasons: [{ reason: 'harmful', guardrail: 'errors', ...counts }] }
  const history: History['history'] = [
    { version: 1, at, by: 'admin', what: 'define', definition: rolling },
    { version: 2, at, by: 'admin', what: 'rollout', action: 'begin', release: '1.4.2', why: 'a new basket' },
    { version: 3, ...step, action: 'promote', dry: true, ...safe },
    { version: 4, ...step, action: 'promote', ...safe },
    { version: 5, ...step, action: 'suspend', ...harmful },
    { version: 6, ...step, action: 'resume' },
    { version: 7, ...step, action: 'promote', ...safe },
    { version: 8, ...step, action: 'rollback' },
  ]
  const screen = historyScreen({ app: 'shop', testId: 'checkout', history })
  expect(screen.split('\n')).toMatchInlineSnapshot(`
    [
      "shop / checkout",
      "version  when (UTC)           by          what",
      "      1  2026-11-21 12:42:11  admin       defined: master 0.95, new 0.05",
      "      2  2026-11-21 12:42:11  admin       rollout begun at 1%, release 1.4.2",
      "                                          a new basket",
      "      3  2026-11-21 12:42:11  controller  only told: promoted to 5%; errors: no",
      "                                          worse than the control",
      "      4  2026-11-21 12:42:11  controller  promoted to 5%; errors: no worse than",
      "                                          the control",
      "      5  2026-11-21 12:42:11  controller  suspended; errors: worse than the",
      "                                          control (30 of 412 bad, control 9 of",
      "                                          8,100 bad)",
      "      6  2026-11-21 12:42:11  controller  resumed at 5%",
      "      7  2026-11-21 12:42:11  controller  promoted to everybody; errors: no",
      "                                          worse than the control",
      "      8  2026-11-21 12:42:11  controller  rolled back",
    ]
  `)
  expect(width(screen)).toBeLessThanOrEqual(80)
  expect(showScreen({ ...definedWith(), definition: rolling })).toContain('1%, 5%, everybody; watched: errors')
})

test.each([
  ['draft', "Next: assay test start shop 'my test'"],
  ['running', "Next: assay results shop 'my test'"],
  ['archived', 'version 2'],
] as const)('what is %s ends with %s', (stage, words) => {
  expect(changedScreen({ app: 'shop', testId: 'my test', version: 2, stage }).endsWith(words)).toBe(true)
})
