import type { Answer, Comparison, Metric, Results } from '@assay/query-api/analysis/reply'
import { describe, expect, test } from 'vitest'
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
  adjusted: { pValue: 0.0124, lnP: Math.log(0.0124) },
  cuped: null,
  days: null,
}
const nothing: Answer = { pValue: null, lnP: null, ci: null, relativeCi: null, reason: 'no-variance' }
const { adjusted: _, ...unadjusted } = better
const none: Comparison = {
  ...unadjusted,
  effect: 0,
  relative: 0,
  fixed: nothing,
  anytime: nothing,
  verdict: 'inconclusive',
}

function metric(event: string, kind: Metric['kind'], means: [number, number], comparison: Comparison): Metric {
  const branches = ['master', 'one-page'].map((branch, i) => ({
    branch,
    users: [10_052, 9948][i]!,
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
  verdict: {
    outcome: 'better',
    branch: 'one-page',
    reasons: ['one-page is better than master in purchase conversion: +15.6 %, 95 % interval +2.2 % to +29.0 %.'],
  },
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
      adjusted: { pValue: 1, lnP: 0 },
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

test('the screen of a test: what to do and why, then where it comes from', () => {
  expect(screen()).toEqual([
    'shop / checkout   20,000 users   as of 2026-11-21 05:57:43 UTC',
    'master 10,052 (50.3%, control) · one-page 9,948 (49.7%)',
    '',
    'Verdict: better, take one-page',
    '· one-page is better than master in purchase conversion: +15.6 %, 95 % interval',
    '  +2.2 % to +29.0 %.',
    '',
    'one-page against master',
    'metric             master one-page  change 95 % interval          p adj. p verdict         fixed p',
    'purchase conv.     10.05%   11.62%  +15.6% +2.2% … +29.0%     .0062  .0124 better            .0003',
    'purchase /user      4.802    5.713 −100.0% −100.1% … +120.0%  .0062  .0124 worse             .0003',
    'an_event_w… /user   12346   1.2e-4  +0.016 +0.006 … +0.025    .3100 1.0000 inconclusive     <.0001',
    'view conv.        100.00%  100.00%  +0.000 –                      –      – no-variance           –',
    '',
    'Interval, p and verdict allow for any number of looks; fixed p only for one. The',
    'verdict goes by adj. p, which allows for all metrics and branches. Provisional:',
    'users’ totals still grow, which adds some error.',
    '',
    '! Equal shares of users were expected, and something sorts users unevenly;',
    '  comparisons may be biased by it.',
  ])
})

test.each<[Results['verdict']['outcome'], string]>([
  ['better', 'Verdict: better, take one-page'],
  ['worse', 'Verdict: worse, keep master'],
  ['undecided', 'Verdict: undecided'],
  ['invalid', 'Verdict: invalid'],
])('what is %s says what to do', (outcome, line) => {
  const branch = outcome === 'better' ? 'one-page' : null
  expect(screen({ verdict: { outcome, branch, reasons: ['Because.'] } }).slice(3, 5)).toEqual([line, '· Because.'])
})

test('a difference that does not hold among all that was asked is none', () => {
  const alone = { ...better, adjusted: { pValue: 0.07, lnP: Math.log(0.07) } }
  const [line] = screen({ metrics: [metric('purchase', 'conversion', [0.1005, 0.1162], alone)] }).slice(9)
  expect(line).toMatch(/ \.0062 +\.0700 inconclusive /)
})

test('guardrails stand apart, with their margins', () => {
  const { adjusted: _, ...bare } = better
  const guard = (name: string, change: Partial<Comparison>): Metric => {
    const asked = metric('error', 'count', [0.098, 0.106], { ...bare, provisional: false, ...change })
    return { ...asked, name, role: 'guardrail', direction: 'down' }
  }
  const lines = screen({
    warnings: [],
    metrics: [
      guard('errors', { guard: { margin: 0.5, state: 'safe' }, verdict: 'inconclusive' }),
      guard('load', { guard: { margin: 0.025, state: 'harmed' }, verdict: 'worse' }),
      guard('calls', { verdict: 'inconclusive' }),
      guard('refunds', { verdict: 'worse' }),
      metric('purchase', 'conversion', [0.1005, 0.1162], { ...better, provisional: false }),
    ],
  })
  expect(lines.slice(8)).toEqual([
    'metric             master one-page  change 95 % interval          p adj. p verdict         fixed p',
    'purchase conv.     10.05%   11.62%  +15.6% +2.2% … +29.0%     .0062  .0124 better            .0003',
    'guardrail          master one-page  change 95 % interval          p margin state           fixed p',
    'errors              0.098    0.106  +15.6% +2.2% … +29.0%     .0062    50% safe              .0003',
    'load                0.098    0.106  +15.6% +2.2% … +29.0%     .0062   2.5% harmed            .0003',
    'calls               0.098    0.106  +15.6% +2.2% … +29.0%     .0062      – unclear           .0003',
    'refunds             0.098    0.106  +15.6% +2.2% … +29.0%     .0062      – harmed            .0003',
    '',
    'Interval, p and verdict allow for any number of looks; fixed p only for one. The',
    'verdict goes by adj. p, which allows for all metrics and branches.',
  ])
})

describe('under a metric stands what else there is to say', () => {
  const plain = metric('purchase', 'conversion', [0.1, 0.12], { ...better, provisional: false })
  const with_ = (changes: object) => plain.branches.map((b) => ({ ...b, ...changes }))

  test.each<[string, Partial<Metric>, string | undefined]>([
    ['nothing, where it is of all users', { branches: with_({}) }, undefined],
    ['the window', { window: { from: 0, to: 7 }, branches: with_({}) }, '  days 0 to 7'],
    [
      'the users whose window has closed',
      { window: { from: 7, to: 8 }, branches: with_({ users: 9000 }) },
      '  days 7 to 8, 9,000 and 9,000 users',
    ],
    [
      'the steps of a funnel',
      { kind: 'funnel', branches: with_({ steps: [9000, 2500, 1100] }) },
      '  9,000 → 2,500 → 1,100 and 9,000 → 2,500 → 1,100',
    ],
    ['a cap', { kind: 'sum', branches: with_({ cap: 59.712 }) }, '  at most 59.71 a user'],
    [
      'when it will be decided',
      { branches: with_({}), comparisons: [{ ...plain.comparisons[0]!, days: 11.2 }] },
      '  decided in about 12 days',
    ],
  ])('%s', (_, changes, line) => {
    const lines = screen({ warnings: [], metrics: [{ ...plain, ...changes }] })
    expect(lines[10]).toBe(line ?? '')
  })
})

test('notes tell of what users did before, of phases, and which metrics are provisional', () => {
  const time = '2026-11-21T05:00:00.000Z'
  const phase = (phase: number, from: string | null, weights: number[]) => ({
    ...{ phase, from, to: null, weights: { master: weights[0]!, 'one-page': weights[1]! } },
    users: { master: 1000, 'one-page': 234 },
  })
  const saving = (name: string, saved: number, provisional: boolean) => {
    const known = metric('purchase', 'count', [1, 2], { ...better, cuped: { saved }, provisional })
    return { ...known, name }
  }
  const told = (changes: Partial<Results>) => {
    const lines = screen({ warnings: [], ...changes })
    return lines.slice(lines.lastIndexOf('') + 1).join(' ')
  }
  const metrics = [saving('visits', 0.354, false), saving('revenue', 0.004, true)]
  expect(told({ metrics })).toMatch(
    /Provisional \(revenue\): .* unlike the values beside them; of the variance that takes away up to 35 % \(visits\)\.$/,
  )
  expect(told({ metrics: metrics.slice(1) })).toMatch(/ takes away less than 1 %\.$/)
  const phases = [phase(0, null, [1, 1]), phase(2, time, [9, 1]), phase(4, time, [1, 1])]
  expect(told({ phases })).toMatch(
    / Phases: 1,234 users in no phase, 1,234 users at 9:1 since 2026-11-21 05:00 \(version 2\), 1,234 users at 1:1 since 2026-11-21 05:00 \(version 4\)\. Each is compared in itself, then they are put together\.$/,
  )
  const many = [1, 2, 3, 4, 5, 6].map((version) => phase(version, time, [version, 1]))
  expect(told({ phases: many })).toMatch(/Phases: 2 earlier ones, 1,234 users at 3:1 .* 6:1 /)
  expect(told({ phases: phases.slice(1, 2) })).not.toMatch(/Phases/)
})

test('an import shows the single look, and the any-time p beside it', () => {
  const imported: Comparison = { ...better, method: 'single-look', provisional: false }
  const shown = (changes: Partial<Results> = {}) =>
    screen({
      decision: { method: 'single-look', alpha: 0.02, plannedUsers: 5000 },
      metrics: [metric('purchase', 'conversion', [0.1005, 0.1162], imported)],
      ...{ warnings: [], ...changes },
    })
  const lines = shown()
  expect(lines.slice(8)).toEqual([
    'metric             master one-page  change 98 % interval          p adj. p verdict      any-time p',
    'purchase conv.     10.05%   11.62%  +15.6% +7.1% … +24.1%     .0003  .0124 better            .0062',
    '',
    'Interval, p and verdict are of a single look, as imports are finished; any-time',
    'p allows for any number. The verdict goes by adj. p, which allows for all',
    'metrics and branches.',
  ])
  // Of a live test the definition says so.
  expect(shown({ definition: { version: 2, stage: 'running' } }).slice(11)).toEqual([
    'Interval, p and verdict are of a single look; any-time p allows for any number.',
    'The verdict goes by adj. p, which allows for all metrics and branches.',
  ])
})

test('a test that nobody is in yet has no numbers', () => {
  const insufficient: Answer = { ...nothing, reason: 'insufficient' }
  const { adjusted: _, ...bare } = better
  const unknown: Comparison = {
    ...{ ...bare, effect: null, relative: null, fixed: insufficient, anytime: insufficient },
    ...{ verdict: 'inconclusive', provisional: false },
  }
  const purchase = metric('purchase', 'conversion', [0, 0], unknown)
  const empty = { users: 0, mean: null, stddev: null }
  const lines = screen({
    branches: results.branches.map(({ branch }) => ({ branch, users: 0 })),
    metrics: [{ ...purchase, branches: purchase.branches.map((own) => ({ ...own, ...empty })) }],
    verdict: { outcome: 'undecided', branch: null, reasons: ['No users yet.'] },
    warnings: [],
  })
  expect(lines).toEqual([
    'shop / checkout   0 users   as of 2026-11-21 05:57:43 UTC',
    'master 0 (0.0%, control) · one-page 0 (0.0%)',
    '',
    'Verdict: undecided',
    '· No users yet.',
    '',
    'one-page against master',
    'metric             master one-page  change 95 % interval          p adj. p verdict         fixed p',
    'purchase conv.          –        –       – –                      –      – insufficient          –',
    '',
    'Interval, p and verdict allow for any number of looks; fixed p only for one.',
  ])
})

test('where nothing is compared, nothing is explained', () => {
  const verdict: Results['verdict'] = { outcome: 'undecided', branch: null, reasons: ['Nothing yet.'] }
  const alone = { metrics: [], warnings: [], verdict }
  expect(screen({ ...alone, branches: results.branches.slice(0, 1) })).toHaveLength(5)
  // A branch that is meant to have users and has none.
  const nobody = [...results.branches, { branch: 'two-page', users: 0 }]
  expect(screen({ branches: nobody }).join()).not.toContain('two-page against')
})

test('no line of a table is wider than 100 columns, and none of prose than 80', () => {
  const ends: [number, number] = [-1234.5, 99_999]
  const wide = { ...better, relative: 123.4, anytime: found(0.5, ends), fixed: found(0.5, ends), days: 1e6 }
  const branches = Array.from({ length: 9 }, (_, i) => ({ branch: `variant-${i}`, users: 1_234_567 }))
  const many = { branches: [...results.branches, ...branches].slice(0, 9), metrics: [] }
  const steps = Array.from({ length: 10 }, () => 1_234_567)
  const funnel = metric('purchase', 'funnel', [0.1, 0.2], wide)
  const stepped = { ...funnel, branches: funnel.branches.map((b) => ({ ...b, steps })) }
  const lines = [...screen({ metrics: [metric('purchase', 'sum', [-1e9, 123_456.7], wide), stepped] }), ...screen(many)]
  const isTable = (line: string) => /^(metric|purchase|guardrail) /.test(line)
  expect(lines.filter((line) => line.length > (isTable(line) ? 100 : 80))).toEqual([])
})
