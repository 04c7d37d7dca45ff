import { controlRecord } from '@assay/core/control/record'
import { computationOf } from '@assay/core/definition/measure'
import { metricDefinition } from '@assay/core/definition/metric'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { storeEvents, storeMoments, usersOf } from '../testkit/rows.js'
import { type Harness, NOW, startQueryApi } from '../testkit/server.js'
import type { Effects } from './effects-reply.js'
import type { Results } from './reply.js'

let api: Harness
beforeAll(async () => {
  api = await startQueryApi()
  await storeAutomatic()
  await storeDefined()
  await storeMoments(api.store, 'silent', '2026-06-01T09:00:00Z', usersOf({ a: 500, b: 500 }))
})
afterAll(() => api.close())

/** Users who were counted, and how many of them bought, by branch. */
type Counts = Record<string, [users: number, buyers: number]>

const rowsOf = (event: string, counts: Counts, phase = 0) =>
  Object.entries(counts).flatMap(([branch, [users, converted]]) => {
    const m2 = converted * (1 - converted / users)
    const all = { branch, users, phase, means: [converted / users], comoments: [m2] }
    return [
      { ...all, event: '' },
      { ...all, event, converted, mean: converted / users, m2, sum: converted },
    ]
  })

/**
 * A test that nobody defined: nothing but users at first, a third branch later, and days without a snapshot.
 * Branches are far apart, since results take long to foretell when undecided ones will be decided.
 */
async function storeAutomatic() {
  await storeMoments(api.store, 'automatic', '2026-06-01T12:00:00Z', usersOf({ master: 90, new: 90 }))
  for (const [time, counts] of [
    ['2026-06-02T09:00:00.100Z', { master: [1000, 20], new: [1010, 150] }],
    ['2026-06-02T21:30:00.000Z', { master: [1300, 30], new: [1310, 190] }],
    // The last millisecond that is still of the bucket before it.
    ['2026-06-04T00:00:00.000Z', { master: [1900, 88], new: [1901, 320] }],
    ['2026-06-06T10:00:00.000Z', { master: [5000, 500], new: [5001, 1020], third: [400, 200] }],
    ['2026-06-06T10:00:20.000Z', { master: [5002, 500], new: [5003, 1020], third: [401, 201] }],
  ] as [string, Counts][])
    await storeMoments(api.store, 'automatic', time, rowsOf('buy', counts))
}

const buyers = metricDefinition.parse({ name: 'buyers', kind: 'conversion', event: 'buy', lookback: 0 })
const perUser = metricDefinition.parse({ name: 'buyers', kind: 'sum', event: 'buy', lookback: 0 })
const late = metricDefinition.parse({ name: 'late', kind: 'conversion', event: 'late', lookback: 0 })

/** One whose weights, metrics and level were changed while it ran. */
async function storeDefined() {
  const common = { by: 'admin', app: 'shop', testId: 'defined' }
  const definition = (weight: number, metrics: object[], alpha: number) => {
    const branches = [
      { name: 'master', weight },
      { name: 'new', weight: 1 },
    ]
    return { branches, control: 'master', metrics, decision: { alpha } }
  }
  const records = [
    { what: 'define', at: '2026-06-01', definition: definition(9, [buyers], 0.05) },
    { what: 'start', at: '2026-06-01' },
    { what: 'define', at: '2026-06-04', definition: definition(1, [perUser, late], 0.01) },
  ].map(({ at, ...record }, expects) =>
    controlRecord.parse({ ...common, ...record, id: `r${expects}`, at: Date.parse(at), expects }),
  )
  const logged = records.map((record) => {
    return { app: 'shop', user: 'defined', id: record.id, received: record.at, value: JSON.stringify(record) }
  })
  await api.log.append('assay.control', logged)
  // Answered once the log is folded up to its end.
  expect((await api.get('/v1/apps/shop/tests/defined/definition')).json().version).toBe(3)
  const [first, second, third] = [buyers, perUser, late].map((metric) => computationOf(metric).id)
  await storeMoments(
    api.store,
    'defined',
    '2026-06-02T10:00Z',
    rowsOf(first!, { master: [900, 90], new: [100, 12] }, 2),
  )
  await storeMoments(
    api.store,
    'defined',
    '2026-06-03T10:00Z',
    rowsOf(first!, { master: [1800, 80], new: [200, 100] }, 2),
  )
  await storeMoments(api.store, 'defined', '2026-06-05T10:00Z', [
    ...rowsOf(second!, { master: [1800, 85], new: [200, 110] }, 2),
    ...rowsOf(second!, { master: [500, 30], new: [501, 180] }, 3),
    ...rowsOf(third!, { master: [500, 10], new: [501, 190] }, 3).filter(({ event }) => event !== ''),
  ])
}

const ask = (test: string, query: Record<string, string> = {}) =>
  api.get(`/v1/apps/shop/tests/${test}/effects?${new URLSearchParams(query).toString()}`)
async function effects(test: string, query: Record<string, string> = {}): Promise<Effects> {
  const reply = await ask(test, query)
  expect(reply.statusCode, reply.body).toBe(200)
  return reply.json()
}
const JUNE = { from: '2026-05-30', to: '2026-06-08' }

/** What results say of a metric as of a time, by branch, as points have it. */
async function resultsAt(test: string, query: string, time: string, metric: string) {
  const found: Results = (await api.get(`/v1/apps/shop/tests/${test}/results?asOf=${time}${query}`)).json()
  const { asOf, control, decision, metrics } = found
  const { branches, comparisons } = metrics.find(({ name }) => name === metric)!
  const compared = comparisons.map(({ branch, days, adjusted, ...comparison }) => {
    return [branch, { comparison: { ...comparison, control, alpha: decision.alpha } }] as const
  })
  const against = Object.fromEntries(compared)
  return branches.map(({ branch, ...values }) => ({ branch, point: { asOf, ...values, ...against[branch] } }))
}

describe.each([
  ['of a test without a definition', 'automatic', {}, 'buy conversion', 6 + 6 + 2],
  ['against another control', 'automatic', { control: 'new', metric: 'buy per user' }, 'buy per user', 6 + 6 + 2],
  ['of a test that was redefined', 'defined', {}, 'buyers', 6 + 6],
  ['of a metric that came later', 'defined', { metric: 'late' }, 'late', 3 + 3],
])('effects %s', (_, test, query, metric, count) => {
  it('are what results say as of the end of each bucket', async () => {
    const found = await effects(test, { ...query, ...JUNE })
    expect(found.metric).toBe(metric)
    const points = found.series.flatMap(({ branch, points }) => points.map((point) => ({ branch, point })))
    expect(points).toHaveLength(count)
    const control = 'control' in query ? `&control=${query.control}` : ''
    for (const day of new Set(points.map(({ point }) => point.start))) {
      const end = new Date(Date.parse(day) + 86_400_000).toISOString()
      const own = points.filter(({ point }) => point.start === day)
      const told = own.map(({ branch, point: { start, ...point } }) => ({ branch, point }))
      expect(told, day).toEqual(await resultsAt(test, control, end, metric))
    }
  })
})

it('answers in the agreed form', async () => {
  const { series, ...rest } = await effects('automatic', JUNE)
  expect(rest).toEqual({ app: 'shop', testId: 'automatic', metric: 'buy conversion', bucket: 'day', tz: 'UTC' })
  expect(series.map(({ branch }) => branch)).toEqual(['master', 'new', 'third'])
  const [control, treatment] = [series[0]!.points.at(-1)!, series[1]!.points.at(-1)!]
  expect(Object.keys(control)).toEqual(['users', 'mean', 'stddev', 'sum', 'start', 'asOf'])
  expect(treatment.comparison).toMatchObject({ control: 'master', alpha: 0.05, method: 'any-time', verdict: 'better' })
  const { fixed, anytime } = treatment.comparison!
  expect(anytime.ci![1] - anytime.ci![0]).toBeGreaterThan(fixed.ci![1] - fixed.ci![0])
})

describe('which snapshot is a bucket’s', () => {
  const snapshots = async (query: Record<string, string>) =>
    (await effects('automatic', query)).series[1]!.points.map(({ start, asOf }) =>
      [start, asOf].map((t) => t.slice(0, 16)),
    )

  it('the last at or before its end; where there is none in it, the one before', async () => {
    expect(await snapshots(JUNE)).toEqual([
      ['2026-06-02T00:00', '2026-06-02T21:30'],
      ['2026-06-03T00:00', '2026-06-04T00:00'],
      ['2026-06-04T00:00', '2026-06-04T00:00'],
      ['2026-06-05T00:00', '2026-06-04T00:00'],
      ['2026-06-06T00:00', '2026-06-06T10:00'],
      ['2026-06-07T00:00', '2026-06-06T10:00'],
    ])
  })

  it.each([
    ['Europe/Berlin', '2026-06-02', [['2026-06-01T22:00', '2026-06-02T21:30']]],
    ['Asia/Kathmandu', '2026-06-02', [['2026-06-01T18:15', '2026-06-02T09:00']]],
    ['America/New_York', '2026-06-02', [['2026-06-02T04:00', '2026-06-02T21:30']]],
  ])('by the days of %s', async (tz, day, expected) => {
    const [year, month, date] = day.split('-')
    expect(await snapshots({ tz, from: day, to: `${year}-${month}-0${Number(date) + 1}` })).toEqual(expected)
  })

  it.each([
    ['hour', '2026-06-06T09:30:00Z', '2026-06-06T10:10:00Z', ['2026-06-04T00:00:00.000Z', '2026-06-06T10:00:20.000Z']],
    ['week', '2026-06-01', '2026-06-14', ['2026-06-06T10:00:20.000Z', '2026-06-06T10:00:20.000Z']],
    ['month', '2026-06-01', '2026-06-02', ['2026-06-06T10:00:20.000Z']],
  ])('by %s', async (bucket, from, to, expected) => {
    const { series } = await effects('automatic', { bucket, from, to })
    expect(series[0]!.points.map(({ asOf }) => asOf)).toEqual(expected)
  })

  it('none of a bucket that is yet to come', async () => {
    const { series } = await effects('automatic', { from: '2026-06-14', to: '2026-07-01' })
    expect(series[0]!.points.map(({ start }) => start)).toEqual(
      ['2026-06-14', '2026-06-15'].map((d) => `${d}T00:00:00.000Z`),
    )
    expect(new Date(NOW).toISOString()).toMatch(/^2026-06-15/)
  })
})

describe('refusals', () => {
  it.each([
    [
      'a metric that is not there',
      'automatic',
      { metric: 'bought' },
      'metric-not-found',
      'Expected metric to be one of "buy conversion", "buy per user"; "bought" came.',
    ],
    [
      'one of events alone in a test that has its own',
      'defined',
      { metric: 'buy conversion' },
      'metric-not-found',
      'Expected metric to be one of "buyers", "late"; "buy conversion" came.',
    ],
    [
      'a test without events',
      'silent',
      {},
      'metric-not-found',
      'Expected a test that has metrics; nothing but exposures has come yet.',
    ],
    [
      'a control that is not there',
      'automatic',
      { control: 'x' },
      'branch-not-found',
      'Expected control to be one of master, new, third; "x" came.',
    ],
    [
      'a range before the test',
      'automatic',
      { from: '2026-05-01', to: '2026-05-02' },
      'test-not-found',
      /has none at 2026-05-02/,
    ],
    ['a test that is not there', 'none', {}, 'test-not-found', /"none" came/],
    [
      'a range the wrong way round',
      'automatic',
      { from: '2026-06-02', to: '2026-06-01' },
      'query-invalid',
      /^from: expected a time before to/,
    ],
    [
      'more buckets than fit',
      'automatic',
      { bucket: 'hour', from: '1990-01-01' },
      'query-invalid',
      /^from, to, bucket: expected at most 10000 points/,
    ],
  ])('%s', async (_, test, query, code, detail) => {
    await storeEvents(api.store, [{ time: NOW, tests: { automatic: 'master' } }])
    const reply = await ask(test, query as Record<string, string>)
    expect(reply.json().code, reply.body).toBe(code)
    expect(reply.json().detail).toEqual(typeof detail === 'string' ? detail : expect.stringMatching(detail))
  })

  it('more points than fit, of all branches together', async () => {
    const branches = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`b${i}`, [500, i + 1]])) as Counts
    await storeMoments(api.store, 'many', '2026-05-01T00:00:00Z', rowsOf('buy', branches))
    const reply = await ask('many', { bucket: 'hour', from: '2026-05-01' })
    expect([reply.statusCode, reply.json().detail]).toEqual([
      400,
      expect.stringMatching(/at most 10000 points; more, with all branches/),
    ])
  })
})
