import type { Answer, Comparison, Metric, Results } from '@assay/query-api/analysis/reply'
import { expect, test } from 'vitest'
import { verdictTable } from './verdict-table.js'

const found = (pValue: number, relativeCi: [number, number]): Answer => {
  return { pValue, lnP: Math.log(pValue), ci: [0.006, 0.025], relativeCi }
}
const better: Comparison = {
  branch: 'one-page',
  effect: 0.0157,
  relative: 0.156,
  fixed: found(0.00031, [0.071, 0.241]),
  anytime: found(0.0062, [0.022, 0.29]),
  method: 'any-time',
  verdict: 'better',
  provisional: true,
  cuped: null,
  days: null,
}
const nothing: Answer = { pValue: null, lnP: null, ci: null, relativeCi: null, reason: 'no-variance' }
const none: Comparison = {
  ...better,
  effect: 0,
  relative: 0,
  fixed: nothing,
  anytime: nothing,
  verdict: 'inconclusive',
}

function metric(event: string, kind: Metric['kind'], means: [number, number], comparison: Comparison): Metric {
  const branches = ['master', 'one-page'].map((branch, i) => ({
    branch,
    users: 10_000,
    mean: means[i]!,
    stddev: 1,
    sum: 0,
  }))
  const name = `${event} ${kind === 'sum' ? 'per user' : kind}`
  return { name, event, kind, role: 'metric', direction: 'up', branches, comparisons: [comparison] }
}

const results: Results = {
  app: 'shop',
  testId: 'checkout',
  asOf: '2026-11-21T05:57:43.123Z',
  control: 'master',
  decision: { method: 'any-time', alpha: 0.05, plannedUsers: 5000 },
  branches: [
    { branch: 'master', users: 10_052 },
    { branch: 'one-page', users: 9948 },
  ],
  srm: { chiSquared: 0.5, pValue: 0.46, anytime: { pValue: 1, lnP: 0 }, ok: true, phases: [] },
  phases: [],
  crossover: { users: 0, share: 0, ci: [0, 0.001], pValue: 1 },
  identified: { users: 0, differing: 0, shared: 0 },
  imbalance: [],
  verdict: { outcome: 'better', branch: 'one-page', reasons: [] },
  metrics: [
    metric('purchase', 'conversion', [0.1005, 0.1162], better),
    metric('purchase', 'sum', [4.802, 5.713], {
      ...better,
      relative: -1,
      anytime: found(0.0062, [-1.001, 1.2]),
      verdict: 'worse',
    }),
    metric('an_event_with_a_long_name', 'sum', [12_345.6, 0.00012], {
      ...better,
      anytime: { ...found(0.31, [-1, 1]), relativeCi: null },
      fixed: found(1e-9, [0, 1]),
      verdict: 'inconclusive',
    }),
    metric('view', 'conversion', [1, 1], none),
  ],
  warnings: [
    {
      code: 'sample-ratio-mismatch',
      message:
        'Equal shares of users were expected, and something sorts users unevenly; comparisons may be biased by it.',
    },
  ],
}

const screen = (changes: Partial<Results> = {}) => verdictTable({ ...results, ...changes }).split('\n')

test('the screen of a test', () => {
  expect(screen()).toEqual([
    'shop / checkout   20,000 users   as of 2026-11-21 05:57:43 UTC',
    'master 10,052 (50.3%, control) · one-page 9,948 (49.7%)',
    '',
    'one-page against master',
    'metric             master one-page  change 95 % interval          p verdict         fixed p',
    'purchase conv.     10.05%   11.62%  +15.6% +2.2% … +29.0%     .0062 better            .0003',
    'purchase /user      4.802    5.713 −100.0% −100.1% … +120.0%  .0062 worse             .0003',
    'an_event_w… /user   12346   1.2e-4  +0.016 +0.006 … +0.025    .3100 inconclusive     <.0001',
    'view conv.        100.00%  100.00%  +0.000 –                      – no-variance           –',
    '',
    'Interval, p and verdict allow for any number of looks; fixed p only for one.',
    'Provisional: users’ totals still grow, which adds some error.',
    '',
    '! Equal shares of users were expected, and something sorts users unevenly;',
    '  comparisons may be biased by it.',
  ])
})

test('an import shows the single look, and the any-time p beside it', () => {
  const imported: Comparison = { ...better, method: 'single-look', provisional: false }
  const lines = screen({
    decision: { method: 'single-look', alpha: 0.01, plannedUsers: 5000 },
    metrics: [metric('purchase', 'conversion', [0.1005, 0.1162], imported)],
    warnings: [],
  })
  expect(lines.slice(4)).toEqual([
    'metric             master one-page  change 99 % interval          p verdict      any-time p',
    'purchase conv.     10.05%   11.62%  +15.6% +7.1% … +24.1%     .0003 better            .0062',
    '',
    'Interval, p and verdict are of a single look, as imports are finished; any-time',
    'p allows for any number.',
  ])
})

test('where nothing is compared, nothing is explained', () => {
  expect(screen({ metrics: [], branches: results.branches.slice(0, 1), warnings: [] })).toHaveLength(2)
})

test('no line is wider than 100 columns', () => {
  const ends: [number, number] = [-1234.5, 99_999]
  const wide = { ...better, relative: 123.4, anytime: found(0.5, ends), fixed: found(0.5, ends) }
  const branches = Array.from({ length: 9 }, (_, i) => ({ branch: `variant-${i}`, users: 1_234_567 }))
  const many = { branches: [...results.branches, ...branches].slice(0, 9), metrics: [] }
  const lines = [...screen({ metrics: [metric('purchase', 'sum', [-1e9, 123_456.7], wide)] }), ...screen(many)]
  expect(lines.filter((line) => line.length > 100)).toEqual([])
})
