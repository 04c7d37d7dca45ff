import type { Breakdown, Explained, Novelty } from '@assay/query-api/study/reply'
import { expect, test } from 'vitest'
import { followResults } from './follow-results.js'
import { breakdownScreen, explainScreen, noveltyScreen } from './study-screens.js'
import { listen } from './testkit/fake-server.js'
import { comparison, metric, resultsWith } from './testkit/results.js'

const { app, testId, asOf, control, decision, branches, srm } = resultsWith()
const head = { app, testId, asOf, control, decision, warnings: [] }

const breakdown: Breakdown = {
  ...head,
  prop: 'country',
  values: [
    { value: 'de', users: 19_000, late: 0, branches, srm, metrics: [metric()], warnings: [] },
    {
      ...{ value: 'at', users: 80, late: 2, branches, srm, metrics: [metric()] },
      warnings: [{ code: 'few-users', message: 'Fewer than 100 users in master: intervals are rough.' }],
    },
  ],
  others: { values: 3, users: 20 },
  without: 900,
  warnings: [{ code: 'slicing', message: 'Who asks 2 questions finds differences that are none.' }],
}

test('values of a prop stand one below the other, and say who is in none', () => {
  const lines = breakdownScreen(breakdown).split('\n')
  expect(lines[0]).toBe('shop / checkout by country   as of 2026-11-21 05:57:43 UTC')
  expect(lines).toContain('de   19,000 users: master 10,052 · one-page 9,948')
  expect(lines.filter((line) => line.startsWith('buyers'))).toHaveLength(2)
  expect(lines).toContain('! Fewer than 100 users in master: intervals are rough.')
  expect(lines).toContain('20 users have 3 other values; of 900 users it is not known.')
  expect(lines.at(-1)).toBe('! Who asks 2 questions finds differences that are none.')
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100)
})

test('a prop that nobody has is said to be so, as nothing a terminal obeys', () => {
  const none = { ...breakdown, prop: 'a\u001b[31m', values: [], others: { values: 0, users: 0 } }
  expect(breakdownScreen(none)).toContain('No user of the test has a a [31m.')
})

test('days since the exposure, and whether the effect moves', () => {
  const { branches: own, comparisons } = metric()
  const found: Novelty = {
    ...head,
    ...{ metric: 'buyers', kind: 'conversion', direction: 'up' },
    windows: [
      { from: 0, to: 1, branches: own, comparisons },
      { from: 7, to: 14, branches: own, comparisons },
    ],
    change: { early: { from: 0, to: 7 }, late: { from: 7, to: 14 }, comparisons: [comparison({ relative: null })] },
  }
  const lines = noveltyScreen(found).split('\n')
  const starts = lines.map((line) => line.slice(0, 12).trim())
  for (const start of ['day 1', 'days 8 to 14', 'late − early']) expect(starts).toContain(start)
  expect(noveltyScreen(found)).toContain('each user’s days 8 to 14 less their days 1 to 7')
})

test('what a result follows from, in order', () => {
  const estimate = { value: 0.1, variance: 0.001, n: 100 }
  const { fixed, anytime } = comparison()
  const found: Explained = {
    ...head,
    metric: { name: 'buyers', kind: 'conversion' },
    statements: [{ sql: 'SELECT 1\n\nFROM facts', rows: [{ arm: '1' }] }],
    moments: [
      { phase: 2, branch: 'master', users: 100, converted: 10, sum: 10, means: [0.1], comoments: [9], cap: null },
    ],
    comparisons: [
      {
        branch: 'one-page',
        phases: [
          {
            phase: 2,
            share: 1,
            control: estimate,
            treatment: estimate,
            theta: 0.5,
            adjusted: { control: estimate, treatment: estimate },
          },
        ],
        ...{ effect: 0.02, standardError: 0.01, df: 198 },
        fixed: { critical: 1.97, ...fixed },
        anytime: { critical: 2.9, ...anytime },
      },
    ],
    formulas: ['effect = treatment − control'],
  }
  const text = explainScreen(found)
  const places = [
    'Definition',
    'SELECT 1\nFROM facts',
    'Moments',
    'theta 0.5',
    'effect 0.02',
    'critical 2.9',
    'How',
  ].map((part) => text.indexOf(part))
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(places[0]).toBeGreaterThan(0)
})

const stream = (...events: [string, object][]) =>
  events.map(([name, data]) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`).join('')

test.each([
  ['results', [['results', { app: 'shop' }]], { app: 'shop' }],
  [
    'a problem',
    [['problem', { code: 'test-not-found', title: 'No such test', detail: 'Expected…' }]],
    'No such test. Expected…',
  ],
  ['nothing', [], 'Expected results; the server ended before it had them.'],
] as [string, [string, object][], object | string][])(
  'results that are followed may end with %s',
  async (_, end, expected) => {
    const url = await listen((_, response) => response.end(stream(['progress', { done: 0.5 }], ...end)))
    const found = await followResults({ url, key: 'k' }, '/', true).catch((error: Error) => error.message)
    expect(found).toEqual(expected)
  },
)
