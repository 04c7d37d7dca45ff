import { Moments } from '@assay/aggregator/moments/moments'
import { type Condition, matches } from '@assay/core/condition'
import { definitionsAt } from '@assay/core/control/definitions-at'
import { catalogue } from '@assay/core/errors'
import { name as eventName } from '@assay/core/event'
import { tables } from '@assay/core/store/schema'
import { planOf } from '@assay/moments/plan'
import type { Results } from '@assay/query-api/analysis/reply'
import { storeEvents, storeMoments, usersOf } from '@assay/query-api/testkit/rows'
import { type Harness, keys, NOW, startQueryApi } from '@assay/query-api/testkit/server'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runSeed } from '../support/random.js'

/** What people would send to break out of a query, a pattern or a limit. */
const known = [
  ...[
    "'",
    "''",
    "\\'",
    '\\',
    '\\\\',
    '"',
    '`',
    "a' OR 1=1 --",
    "x'; DROP TABLE events; --",
    "') UNION ALL SELECT 1 --",
  ],
  ...[
    '{x:String}',
    '{app:String}',
    '{test:Identifier}',
    '/*',
    '*/ --',
    '-- ',
    '#',
    ';',
    '%',
    '_',
    '%%%',
    '?',
    '\\N',
    'NULL',
  ],
  ...[
    '^(a+)+$',
    '.*',
    '[a-z',
    '(?=',
    '\u2028',
    '语',
    '🛒',
    '\u202e',
    'İ',
    'ﬀ',
    'e\u0301',
    '../..',
    'true',
    '1e9',
    '-0',
  ],
  ...['\0', 'a\0b', '\t', '\n', '\r\n', '\u007f', '\u0085', 'x'.repeat(128), "'".repeat(100)],
]
const seed = runSeed('hostile')
const text = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...known) },
  fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).map((s) => s.toWellFormed()),
  fc.tuple(fc.constantFrom(...known), fc.constantFrom(...known)).map((pair) => pair.join('')),
)

let api: Harness
beforeAll(async () => {
  api = await startQueryApi()
})
afterAll(() => api.close())

const headers = { authorization: `Bearer ${keys.admin}` }
const branches = ['a', 'b'].map((name) => ({ name, weight: 1 }))
const operators: ((s: string) => Condition)[] = [
  (s) => ({ p: s }),
  (s) => ({ p: { $in: [s, 'other'] } }),
  (s) => ({ p: { $startsWith: s } }),
  (s) => ({ p: { $endsWith: s } }),
  (s) => ({ p: { $contains: s } }),
  (s) => ({ $nor: [{ p: s }, { p: { $exists: false } }] }),
  (s) => ({ $or: [{ p: { $eq: s } }, { p: { $nin: [s] } }] }),
]

const few = <T>(all: readonly T[]) => all.filter((_, i) => i % 5 === 0)

test('what is stored under a hostile name, prop or value is found by just that', async () => {
  const some = [...new Set([...known, ...fc.sample(text, { seed, numRuns: 5 })])]
  const names = some.filter((s) => eventName.safeParse(s).success && !s.startsWith('$'))
  const done = [
    ...some.map((s) => ({ event: 'e', props: { p: s } })),
    ...names.map((s) => ({ event: 'e', props: { [s]: 'x' } })),
    ...names.map((s) => ({ event: s, props: {} as Record<string, string> })),
  ]
  const time = NOW - 60_000
  const events = done.flatMap((own, i) =>
    [{ event: '$exposure' }, own].map((one) => ({ ...one, app: 'exact', user: `u${i}`, time })),
  )
  await storeEvents(api.store, events)
  const asked = [
    ...some.map((s, i) => ({ event: 'e', filter: operators[i % operators.length]!(s) })),
    // A metric takes long, and a few of each kind will do.
    ...few(names).map((s) => ({ event: 'e', filter: { [s]: 'x' } as Condition })),
    ...few(names).map((event) => ({ event, filter: {} as Condition })),
  ]
  const metrics = asked.map((own, i) => ({ name: `m${i}`, kind: 'count', ...own, lookback: 0 }))
  const payload = { branches, control: 'a', metrics: metrics.slice(0, 100), guardrails: metrics.slice(100) }
  const put = await api.server.inject({ method: 'PUT', url: '/v1/apps/exact/tests/t', headers, payload })
  expect(put.statusCode, put.body).toBe(201)
  const plan = planOf(await definitionsAt(api.log, NOW), 'exact')
  await new Moments(api.store, 'exact').snapshot([events.length], NOW, plan)
  const results: Results = (await api.get('/v1/apps/exact/tests/t/results')).json()
  for (const [i, { event, filter }] of asked.entries()) {
    const expected = done.filter((own) => own.event === event && matches(filter, own.props ?? {})).length
    const found = results.metrics.find(({ name }) => name === `m${i}`)!.branches[0]!.sum
    // A mean times its users.
    expect([event, filter, Math.round(found * 1e6) / 1e6]).toEqual([event, filter, expected])
  }
  for (const event of names) {
    const url = `/v1/apps/exact/tests/t/series?${new URLSearchParams({ event })}`
    expect((await api.get(url)).json().series[0].points[0].count, url).toBe(1)
  }
})

const encoded = (s: string) => encodeURIComponent(s.slice(0, 500))
const some = fc.oneof({ weight: 9, arbitrary: text }, fc.constantFrom('x'.repeat(10_000), '(a+)+$'.repeat(1700)))
const or = (usual: string) => fc.oneof({ weight: 2, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: some })
const query = fc.record(
  {
    ...{ event: or('buy'), metric: or('buy per user'), tz: or('UTC'), bucket: or('day'), from: or('2026-06-01') },
    ...{ to: or('2026-06-15'), control: or('a'), asOf: or('2026-06-15'), format: or('csv'), unit: some },
    ...{ cumulative: or('true'), bayes: or('true') },
  },
  { requiredKeys: [] },
)
const read = fc
  .tuple(fc.constantFrom('results', 'series', 'effects', 'users', 'definition', 'history'), or('mine'), or('t'), query)
  .map(([route, app, test, asked]) => {
    const own = Object.entries(asked).filter(([name]) => parameters[route]!.includes(name))
    // Now and then one that it does not take.
    const pairs = own.length === 0 ? Object.entries(asked).slice(0, 1) : own
    const search = new URLSearchParams(pairs as [string, string][])
    return { method: 'GET' as const, url: `/v1/apps/${encoded(app)}/tests/${encoded(test)}/${route}?${search}` }
  })
const range = ['bucket', 'tz', 'from', 'to']
const parameters: Record<string, string[]> = {
  results: ['control', 'bayes', 'asOf', 'format'],
  series: ['event', ...range, 'cumulative', 'format'],
  effects: ['metric', ...range, 'control'],
  users: ['format'],
  ...{ definition: [], history: [] },
}
const write = fc
  .tuple(or('m'), or('buy'), some, some, fc.nat(operators.length - 1))
  .map(([name, event, key, value, i]) => ({
    method: 'PUT' as const,
    url: `/v1/apps/mine/metrics/${encoded(name)}`,
    payload: { kind: 'count', event, filter: { [key]: value, ...operators[i]!(value) } },
  }))
const draft = fc.tuple(or('t2'), or('b'), some, some).map(([test, branch, metric, value]) => ({
  method: 'PUT' as const,
  url: `/v1/apps/mine/tests/${encoded(test)}`,
  payload: {
    branches: [...branches, { name: branch, weight: 1 }],
    control: branch,
    metrics: [metric, { name: value, kind: 'sum', event: value, filter: { [metric]: value } }],
    targeting: { [metric]: [value] },
  },
}))

test('no request fails, tells of another app, or changes what is stored', async () => {
  const secret = 'of nobody else'
  const counts = ['a', 'b'].map((branch) => ({ event: 'buy', branch, users: 9, converted: 3, mean: 1, m2: 1, sum: 9 }))
  const rows = [...usersOf({ a: 9, b: 9 }), ...counts].map((row) => ({ ...row, app: 'mine' }))
  await storeEvents(api.store, [
    { app: 'mine', time: NOW - 1000 },
    { app: 'theirs', time: NOW - 1000, event: secret, tests: { t: secret } },
  ])
  await storeMoments(api.store, 't', '2026-06-14T12:00Z', rows)
  await storeMoments(api.store, 't', '2026-06-14T12:00Z', [{ app: 'theirs', event: '', branch: secret, users: 9 }])
  const stored = () =>
    Promise.all(
      [...tables.map(({ name }) => name), 'moments'].map((table) =>
        api.store.read.query(`SELECT count() FROM ${table}`),
      ),
    )
  const before = await stored()
  const property = fc.asyncProperty(fc.oneof({ weight: 3, arbitrary: read }, write, draft), async (request) => {
    const reply = await api.server.inject({ ...request, headers })
    expect(reply.statusCode, reply.body).toBeLessThan(500)
    expect(reply.body).not.toContain(secret)
    if (reply.statusCode < 400) return
    expect(reply.headers['content-type']).toContain('application/problem+json')
    const { code } = reply.json()
    expect(catalogue[code as keyof typeof catalogue]?.status, reply.body).toBe(reply.statusCode)
  })
  await fc.assert(property, { seed, numRuns: 250, endOnFailure: true })
  expect(await stored()).toEqual(before)
  // The other app is there for those who ask for it.
  expect((await api.get(`/v1/apps/theirs/tests`)).body).toContain(secret)
})
