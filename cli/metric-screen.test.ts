import type { MetricDefinition } from '@assay/core/definition/metric'
import { metricDefinition } from '@assay/core/definition/metric'
import { metricExamples } from '@assay/query-api/metric-examples'
import { expect, test } from 'vitest'
import { metricHistory, metricList, metricSet, metricShown } from './metric-screen.js'
import { metricWords } from './metric-words.js'

const widest = (screen: string) => Math.max(...screen.split('\n').map((line) => line.length))
const metrics = Object.entries(metricExamples).map(([name, { value }]) => {
  const { why: _, ...metric } = { why: '', ...value }
  return metricDefinition.parse({ name, ...metric })
})

test('each kind has its words', () => {
  expect(metrics.map((metric) => `${metric.name}: ${metricWords(metric)}`)).toEqual([
    'conversion: conversion of purchase, days 0 to 7',
    'retention: retention of any event, days 7 to 8',
    'count: count of search, days 0 to 14, at most 100 a user',
    'sum: sum of purchase, days 0 to 14, at most what 99% of users stay within',
    'mean: mean of purchase where {"device":"phone"}',
    'ratio: count of error to count of view',
    'quantile: 0.95 quantile of load',
    'funnel: funnel view where {"page":"product"} → add_to_cart → purchase, days 0 to 1',
  ])
})

const described = (definition: MetricDefinition, i: number) => {
  return { name: definition.name, version: i + 1, tests: [], definition }
}

test('a list has a line for each metric, within 80 columns', () => {
  const [first, second] = metrics.map(described)
  const long = { ...second!, name: 'a metric of a long name', tests: [{ testId: 't', stage: 'draft' as const }] }
  const wide = described({ ...metrics[7]!, direction: 'down' }, 7)
  const screen = metricList({ app: 'shop', metrics: [first!, long, wide] })
  expect(screen.split('\n')).toEqual([
    'metric                ver  better  tests  what',
    'conversion              1  up          0  conversion of purchase, days 0 to 7',
    'a metric of a long …    2  up          1  retention of any event, days 7 to 8',
    'funnel                  8  down        0  funnel view where {"page":"product"} …',
  ])
  expect(widest(screen)).toBeLessThanOrEqual(80)
  expect(metricList({ app: 'shop', metrics: [] })).toBe('shop has no metrics.')
})

test('a metric is shown with all that is said of it, and with its tests', () => {
  const definition = metricDefinition.parse({
    ...{ name: 'revenue', kind: 'sum', event: 'purchase', window: { to: 14 }, cap: { value: 250 }, lookback: 28 },
    ...{ direction: 'down', minEffect: 0.02, margin: 0.125 },
    filter: { shop: { $contains: `\u001b[31m${'x'.repeat(60)}` } },
  })
  const tests = [
    { testId: 'checkout', stage: 'running' as const },
    { testId: 'search', stage: 'stopped' as const },
  ]
  const screen = metricShown({ app: 'shop', name: 'revenue', version: 3, tests, definition })
  expect(screen.split('\n')).toEqual([
    'shop / revenue   version 3',
    '',
    '  what        sum of purchase where',
    `              {"shop":{"$contains":"\\u001b[31m${'x'.repeat(60)}"}}`,
    '  window      days 0 to 14 after the exposure',
    '  cap         at most 250 a user',
    '  better      down',
    '  min effect  2%',
    '  margin      12.5%',
    '  lookback    28 days',
    '  tests       checkout (running), search (stopped)',
  ])
  const open = metricShown({ app: 'shop', ...described(metrics[5]!, 0) })
  expect(open).toContain('none: whatever users do after the exposure')
  expect(open).toMatch(/tests +none$/)
})

test.each([
  [[], '✓ shop / buyers   version 2'],
  [['archived'], '✓ shop / buyers   version 2'],
  [
    ['running', 'draft', 'archived'],
    '✓ shop / buyers   version 2\n  Tests that show it so from now on, with all they have counted: t0, t1',
  ],
] as const)('what is set for tests that are %j says which show it', (stages, screen) => {
  const changed = { app: 'shop', name: 'buyers', version: 2 }
  expect(metricSet({ changed, tests: stages.map((stage, i) => ({ testId: `t${i}`, stage })) })).toBe(screen)
})

test('a history tells what each change changed', () => {
  const common = { at: '2026-11-21T12:42:11.000Z', by: 'admin' }
  const first = metricDefinition.parse({ name: 'buyers', kind: 'sum', event: 'buy', margin: 0.1 })
  const { margin: _, ...second } = { ...first, window: { from: 0, to: 7 }, cap: { percentile: 0.99 } }
  const history = [
    { version: 1, ...common, definition: first, why: 'as agreed\nby all' },
    { version: 2, ...common, definition: second as MetricDefinition },
    { version: 3, ...common, definition: second as MetricDefinition },
    { version: 4, ...common, definition: { ...second, event: 'purchase' } as MetricDefinition },
  ]
  const screen = metricHistory({ app: 'shop', name: 'buyers', history })
  const when = '2026-11-21 12:42:11  admin  '
  const below = ' '.repeat(37)
  expect(screen.split('\n')).toEqual([
    'shop / buyers',
    'version  when (UTC)           by     what',
    `      1  ${when}set: sum of buy, up is better`,
    `${below}as agreed by all`,
    `      2  ${when}changed: window days 0 to 7 after the`,
    `${below}exposure; cap at most what 99% of users`,
    `${below}stay within; no margin`,
    `      3  ${when}changed: nothing`,
    `      4  ${when}changed: what sum of purchase`,
  ])
  expect(widest(screen)).toBeLessThanOrEqual(80)
})
