import type { Answer, Comparison, Metric, Results } from '@assay/query-api/analysis/reply'

/** Answers of the server, to be changed where a test is about something else. */

export const answer = (relativeCi: [number, number] | null, changes: Partial<Answer> = {}): Answer => ({
  pValue: 0.0062,
  lnP: Math.log(0.0062),
  ci: [0.006, 0.025],
  relativeCi,
  ...changes,
})

export const comparison = (changes: Partial<Comparison> = {}): Comparison => ({
  branch: 'one-page',
  effect: 0.0157,
  relative: 0.156,
  fixed: answer([0.071, 0.241], { pValue: 0.00031 }),
  anytime: answer([0.022, 0.29]),
  method: 'any-time',
  verdict: 'better',
  provisional: false,
  adjusted: { pValue: 0.0124, lnP: Math.log(0.0124) },
  cuped: { saved: 0.31 },
  days: null,
  ...changes,
})

export const metric = (changes: Partial<Metric> = {}, ...comparisons: Comparison[]): Metric => ({
  name: 'buyers',
  event: 'purchase',
  kind: 'conversion',
  role: 'metric',
  direction: 'up',
  branches: ['master', 'one-page'].map((branch, i) => ({
    branch,
    users: 10_000,
    mean: [0.1005, 0.1162][i]!,
    stddev: 0.3,
    sum: 1000,
  })),
  comparisons: comparisons.length === 0 ? [comparison()] : comparisons,
  ...changes,
})

export const resultsWith = (changes: Partial<Results> = {}): Results => ({
  app: 'shop',
  testId: 'checkout',
  asOf: '2026-11-21T05:57:43.123Z',
  definition: { version: 2, stage: 'running', hypothesis: 'Fewer steps, more buyers.', owner: 'ann' },
  control: 'master',
  decision: { method: 'any-time', alpha: 0.05, plannedUsers: 5000 },
  branches: [
    { branch: 'master', users: 10_052 },
    { branch: 'one-page', users: 9948 },
  ],
  phases: [
    {
      phase: 2,
      from: '2026-11-01T00:00:00.000Z',
      to: null,
      weights: { master: 1, 'one-page': 1 },
      users: { master: 10_052, 'one-page': 9948 },
    },
  ],
  srm: {
    chiSquared: 0.5,
    pValue: 0.46,
    anytime: { pValue: 1, lnP: 0 },
    ok: true,
    phases: [{ phase: 2, pValue: 0.46 }],
  },
  crossover: { users: 12, share: 0.0006, ci: [0, 0.001], pValue: 1 },
  identified: { users: 0, differing: 0, shared: 0 },
  imbalance: [],
  metrics: [metric()],
  verdict: { outcome: 'better', branch: 'one-page', reasons: ['one-page is better than master in buyers: +15.6 %.'] },
  warnings: [],
  ...changes,
})
