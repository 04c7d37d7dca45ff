import type { Comparison, Metric, Results } from '@assay/query-api/schemas'
import { expect, test } from 'vitest'
import { verdictTable } from './verdict-table.js'

const better: Comparison = {
  branch: 'one-page',
  method: 'welch',
  effect: 0.0157,
  ci: [0.006, 0.025],
  relative: 0.156,
  relativeCi: [0.061, 0.251],
  pValue: 0.00031,
  verdict: 'better',
}
const none: Comparison = {
  branch: 'one-page',
  method: 'welch',
  effect: 0,
  ci: null,
  relative: null,
  relativeCi: null,
  pValue: null,
  verdict: 'inconclusive',
  reason: 'no-variance',
}

function metric(event: string, kind: Metric['kind'], means: [number, number], comparison: Comparison): Metric {
  const branches = ['master', 'one-page'].map((branch, i) => ({
    branch,
    users: 10_000,
    mean: means[i]!,
    stddev: 1,
    sum: 0,
  }))
  return { name: `${event} ${kind}`, event, kind, branches, comparisons: [comparison] }
}

const results: Results = {
  app: 'shop',
  testId: 'checkout',
  asOf: '2026-11-21T05:57:43.123Z',
  control: 'master',
  branches: [
    { branch: 'master', users: 10_052 },
    { branch: 'one-page', users: 9948 },
  ],
  srm: { chiSquared: 0.5, pValue: 0.46, ok: true },
  crossover: { users: 0 },
  metrics: [
    metric('purchase', 'conversion', [0.1005, 0.1162], better),
    metric('purchase', 'value', [4.802, 5.713], {
      ...better,
      relative: -1,
      relativeCi: [-1.001, 1.2],
      verdict: 'worse',
    }),
    metric('an_event_with_a_long_name', 'value', [12_345.6, 0.00012], {
      ...better,
      pValue: 1e-9,
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

test('the screen of a test', () => {
  expect(verdictTable(results).split('\n')).toEqual([
    'shop / checkout   20,000 users   as of 2026-11-21 05:57:43 UTC',
    'master 10,052 (50.3%, control) · one-page 9,948 (49.7%)',
    '',
    'one-page against master',
    'metric             master one-page  change 95 % interval          p verdict',
    'purchase conv.     10.05%   11.62%  +15.6% +6.1% … +25.1%     .0003 better',
    'purchase /user      4.802    5.713 −100.0% −100.1% … +120.0%  .0003 worse',
    'an_event_w… /user   12346   1.2e-4  +15.6% +6.1% … +25.1%    <.0001 inconclusive',
    'view conv.        100.00%  100.00%  +0.000 –                      – no-variance',
    '',
    '! Equal shares of users were expected, and something sorts users unevenly;',
    '  comparisons may be biased by it.',
  ])
})

test('no line is wider than 80 columns', () => {
  const wide = { ...better, relative: 123.4, relativeCi: [-1234.5, 99_999] as [number, number] }
  const branches = Array.from({ length: 9 }, (_, i) => ({ branch: `variant-${i}`, users: 1_234_567 }))
  const many = { ...results, branches: [...results.branches, ...branches].slice(0, 9) }
  const metrics = [metric('purchase', 'value', [-1e9, 123_456.7], wide)]
  const lines = [verdictTable({ ...results, metrics }), verdictTable({ ...many, metrics: [] })].join('\n').split('\n')
  expect(lines.filter((line) => line.length > 80)).toEqual([])
})
