import { Moments } from '@assay/aggregator/moments/moments'
import type { Event } from '@assay/core/event'
import { INBOX } from '@assay/core/store/schema'
import { planOf } from '@assay/moments/plan'
import type { Comparison, Results } from '@assay/query-api/analysis/reply'
import type { Breakdown, Explained, Novelty } from '@assay/query-api/study/reply'
import { type Harness, keys, startQueryApi } from '@assay/query-api/testkit/server'
import { difference } from '@assay/stats/effect/difference'
import type { Effect } from '@assay/stats/effect/effect'
import { mean } from '@assay/stats/estimate/mean'
import { type TTest, tTest } from '@assay/stats/fixed/t-test'
import { fromValues } from '@assay/stats/moments'
import { holm } from '@assay/stats/multiplicity/holm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { event } from '../support/entry.js'
import { seeded } from '../support/random.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const START = Date.parse('2026-06-01T00:00:00Z')
const NOW = START + 20 * DAY + HOUR

let clock = START - DAY
let api: Harness
beforeAll(async () => {
  api = await startQueryApi(() => clock)
  await define('shop')
  await store('shop', told())
  clock = NOW
  await snapshot('shop')
})
afterAll(() => api.close())

const buyers = { name: 'buyers', kind: 'conversion', event: 'buy' }
const revenue = { name: 'revenue', kind: 'sum', event: 'buy', cap: { percentile: 0.99 } }
const basket = { name: 'basket', kind: 'mean', event: 'buy', filter: { kind: 'book' } }
const typical = { name: 'typical', kind: 'quantile', event: 'buy', quantile: 0.5 }
const path = { name: 'path', kind: 'funnel', steps: [{ event: 'view' }, { event: 'buy' }] }
const metrics = [buyers, revenue, basket, typical, path]

async function define(app: string, changes: object = {}): Promise<void> {
  const ask = (method: 'PUT' | 'POST', path: string, payload?: object, match?: unknown) =>
    api.server.inject({
      ...{ method, url: `/v1/apps/${app}/tests/t${path}` },
      headers: { authorization: `Bearer ${keys.admin}`, ...(match ? { 'if-match': String(match) } : {}) },
      ...(payload && { payload }),
    })
  const branches = ['master', 'new'].map((name) => ({ name, weight: 1 }))
  const made = await ask('PUT', '', { branches, control: 'master', metrics, ...changes })
  expect(made.statusCode, made.body).toBe(201)
  clock = START
  expect((await ask('POST', '/start', undefined, made.headers.etag)).statusCode).toBe(200)
}

type Told = Partial<Event> & { user: string; event: string; time: number }

/** A shop's users of ten days: in `de` they like what is new, most of all at first; some change branches, some devices. */
function told(): Told[] {
  const random = seeded(11)
  const users = Array.from({ length: 900 }, (_, i) => `u${i}`)
  return users.flatMap((user, i) => {
    const branch = i % 2 === 0 ? 'master' : 'new'
    const country = i % 3 === 0 ? 'at' : 'de'
    const since = START + HOUR + Math.floor(random() * 10 * DAY)
    const seen = { user, event: '$exposure', time: since, tests: { t: `${branch}@2` } }
    const known = i % 9 === 8 ? [] : [{ user, event: 'view', time: since + (i % 9 === 7 ? 5 : -5), props: { country } }]
    const past = random() < 0.5 ? [{ user, event: 'buy', time: since - DAY, value: 5 * random() }] : []
    const likes = branch === 'new' && country === 'de'
    const bought = Array.from({ length: 20 }, (_, day) => day).flatMap((day) => {
      const share = 0.1 + (likes ? 0.4 * 0.8 ** day : 0)
      const time = since + day * DAY + Math.floor(random() * DAY)
      if (random() >= share || time > NOW) return []
      return [{ user, event: 'buy', time, value: 1 + 9 * random(), props: { kind: random() < 0.5 ? 'book' : 'game' } }]
    })
    const crossed = i % 50 === 0 ? [{ ...seen, time: since + HOUR, tests: { t: 'new@2' } }] : []
    const phone = i % 40 === 1 ? [{ user: `${user} phone`, event: '$identify', time: since, props: { user } }] : []
    return [seen, ...known, ...past, ...bought, ...crossed, ...phone]
  })
}

let offset = 0
async function store(app: string, events: readonly Told[]): Promise<void> {
  const lines = events.map((e) => JSON.stringify({ partition: 0, offset, ...event({ id: `e${offset++}`, app, ...e }) }))
  await api.store.write.insertLines(INBOX, [Buffer.from(`${lines.join('\n')}\n`)], `upto-${offset}`)
}

const snapshot = (app: string) =>
  new Moments(api.store, app).snapshot([offset], clock, planOf(api.control.definitions, app))

async function get<Reply>(path: string, app = 'shop'): Promise<Reply> {
  const reply = await api.get(`/v1/apps/${app}/tests/t/${path}`)
  expect(reply.statusCode, reply.body).toBe(200)
  return reply.json()
}

/** But for what takes a snapshot's history or rounds otherwise. */
const comparable = ({ asOf, verdict, ...results }: Results) =>
  JSON.parse(JSON.stringify(results), (key, value) =>
    typeof value === 'number' ? Number(value.toPrecision(9)) : key === 'days' ? undefined : value,
  )

test('worked out now results are those of a snapshot', async () => {
  const [kept, fresh] = [await get<Results>('results'), await get<Results>('results?fresh=true')]
  expect(comparable(fresh)).toEqual(comparable(kept))
  expect(fresh.metrics.map(({ name }) => name)).toEqual(metrics.map(({ name }) => name))
  expect(fresh.verdict.outcome).toBe('better')
})

test('of a test that nobody defined, too', async () => {
  const undefinedToo = told().map((e) =>
    e.tests === undefined ? e : { ...e, tests: { t: e.tests.t!.split('@')[0]! } },
  )
  await store('other', undefinedToo)
  await snapshot('other')
  const [kept, fresh] = [await get<Results>('results', 'other'), await get<Results>('results?fresh=true', 'other')]
  expect(comparable(fresh)).toEqual(comparable(kept))
})

test('of a test that nobody is in yet, too', async () => {
  clock = START - DAY
  await define('empty')
  clock = NOW
  const [kept, fresh] = [await get<Results>('results', 'empty'), await get<Results>('results?fresh=true', 'empty')]
  expect(comparable(fresh)).toEqual(comparable(kept))
  expect(fresh.verdict.reasons[0]).toBe('No users yet.')
})

test('users who saw several branches are left out on request alone', async () => {
  const [all, without] = [await get<Results>('results'), await get<Results>('results?crossover=exclude')]
  expect(all.crossover.users).toBe(18)
  expect(without.crossover.users).toBe(0)
  const users = ({ branches }: Results) => branches.map((branch) => branch.users)
  expect(users(without)).toEqual([users(all)[0]! - 18, users(all)[1]!])
})

test('how far it is can be followed', async () => {
  const reply = await api.server.inject({
    url: '/v1/apps/shop/tests/t/results?fresh=true',
    headers: { authorization: `Bearer ${keys.read}`, accept: 'text/event-stream' },
  })
  const events = reply.body
    .trim()
    .split('\n\n')
    .map((text) => text.split('\ndata: '))
  expect(events.map(([name]) => name)).toEqual([
    'event: progress',
    'event: progress',
    'event: progress',
    'event: results',
  ])
  expect(events.slice(0, 3).map(([, data]) => JSON.parse(data!).done)).toEqual([0, 0.5, 1])
  expect(comparable(JSON.parse(events[3]![1]!))).toEqual(comparable(await get<Results>('results')))
})

test('a value’s results are those of a test of its users alone', async () => {
  const found = await get<Breakdown>('breakdown?prop=country&metric=buyers')
  expect(found.values.map(({ value, users, late }) => [value, users, late])).toEqual([
    ['de', 500, 100],
    ['at', 300, 0],
  ])
  expect(found).toMatchObject({ others: { values: 0, users: 0 }, without: 100 })
  expect(found.warnings.map(({ code }) => code)).toEqual(['slicing', 'prop-late'])

  const germans = new Set(told().flatMap(({ user, props }) => (props?.country === 'de' ? [user] : [])))
  clock = START - DAY
  await define('german')
  await store(
    'german',
    told().filter(({ user }) => germans.has(user) || germans.has(user.split(' ')[0]!)),
  )
  clock = NOW
  await snapshot('german')
  const alone = await get<Results>('results', 'german')
  const [de, at] = found.values
  const own = { ...found.values[0]!.metrics[0]!, comparisons: found.values[0]!.metrics[0]!.comparisons.map(unadjusted) }
  const [buyersAlone] = alone.metrics
  expect(rounded(own)).toEqual(rounded({ ...buyersAlone!, comparisons: buyersAlone!.comparisons.map(unadjusted) }))
  const p = (value: typeof de) => value!.metrics[0]!.comparisons[0]!
  const adjusted = holm([p(de).anytime.lnP, p(at).anytime.lnP]).map((lnP) => Math.exp(lnP!))
  expect([p(de), p(at)].map((one) => one.adjusted!.pValue)).toEqual(adjusted)
  expect([p(de), p(at)].map(({ verdict }) => verdict)).toEqual(['better', 'inconclusive'])
})

const unadjusted = ({ adjusted, days, ...comparison }: Comparison) => comparison
const rounded = (value: object) =>
  JSON.parse(JSON.stringify(value), (_, part) => (typeof part === 'number' ? Number(part.toPrecision(9)) : part))

test('as many values as asked for, those that most users have', async () => {
  const found = await get<Breakdown>('breakdown?prop=country&values=1')
  expect(found.values.map(({ value }) => value)).toEqual(['de'])
  expect(found.values[0]!.metrics.map(({ name }) => name)).toEqual(metrics.map(({ name }) => name))
  expect(found.others).toEqual({ values: 1, users: 300 })
  expect((await get<Breakdown>('breakdown?prop=nothing')).values).toEqual([])
})

test('the effect by days since the exposure, and that it wears off', async () => {
  const found = await get<Novelty>('novelty?metric=buyers')
  expect(found.windows.map(({ from, to }) => [from, to])).toEqual([
    ...[0, 1, 2, 3, 4, 5, 6].map((day) => [day, day + 1]),
    [7, 14],
  ])
  const effects = found.windows.map(({ comparisons }) => comparisons[0]!.effect!)
  expect(effects[0]).toBeGreaterThan(0.2)
  expect(effects[6]).toBeLessThan(effects[0]! / 2)

  const change = found.change!
  expect(change).toMatchObject({ early: { from: 0, to: 7 }, late: { from: 7, to: 14 } })
  const since = new Map(
    told()
      .flatMap((e) => (e.event === '$exposure' ? [[e.user, e] as const] : []))
      .reverse(),
  )
  const differences = (branch: string) =>
    [...since.values()].flatMap(({ user, time, tests }) => {
      if (tests!.t !== `${branch}@2` || time + 14 * DAY > NOW) return []
      const days = told()
        .filter((e) => e.user === user && e.event === 'buy')
        .map((e) => (e.time - time) / DAY)
      const did = (from: number, to: number) => Number(days.some((day) => day >= from && day < to))
      return [did(7, 14) - did(0, 7)]
    })
  const [control, treatment] = ['master', 'new'].map((branch) => mean(fromValues(differences(branch))))
  const effect = difference(control!, treatment!)
  const expected = tTest(effect as Effect, { alpha: 0.05 }) as TTest
  expect(change.comparisons[0]!.effect).toBeCloseTo(effect.value!, 12)
  expect(change.comparisons[0]!.fixed.pValue).toBeCloseTo(expected.pValue, 9)
})

/** Rows come in no order. */
const byText = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)

test('a result can be worked out by hand from what is shown of it', async () => {
  const shown = await get<Explained>('explain?metric=revenue')
  const { metrics } = await get<Results>('results?fresh=true')
  for (const { sql, rows } of shown.statements) {
    const again = await api.store.read.query<object>(sql)
    expect(rounded(again.sort(byText))).toEqual(rounded(rows.sort(byText)))
  }

  const [control, treatment] = shown.moments
  const pairs = (m: typeof control) => ({ xx: m!.comoments[0]!, xy: m!.comoments[1]!, yy: m!.comoments[2]! })
  const [c, t] = [pairs(control), pairs(treatment)]
  const [x, y] = [0, 1].map((i) => treatment!.means[i]! - control!.means[i]!) as [number, number]
  const between = 1 / (1 / control!.users + 1 / treatment!.users)
  const theta = (c.xy + t.xy + between * x * y) / (c.yy + t.yy + between * y * y)
  const left = ({ xx, xy, yy }: typeof c, n: number) => (xx - 2 * theta * xy + theta ** 2 * yy) / (n - 1) / n
  const effect = x - theta * y
  const standardError = Math.sqrt(left(c, control!.users) + left(t, treatment!.users))

  const [one] = shown.comparisons
  expect(one!.phases.map(({ phase, share }) => [phase, share])).toEqual([[2, 1]])
  expect(one!.phases[0]!.theta).toBeCloseTo(theta, 9)
  expect(one!.effect).toBeCloseTo(effect, 9)
  expect(one!.standardError).toBeCloseTo(standardError, 9)
  const kept = metrics.find(({ name }) => name === 'revenue')!.comparisons[0]!
  expect(kept.fixed.ci![0]).toBeCloseTo(effect - one!.fixed.critical! * standardError, 9)
  expect(kept.fixed.ci![1]).toBeCloseTo(effect + one!.fixed.critical! * standardError, 9)
  expect([one!.fixed.ci, one!.anytime.ci]).toEqual([kept.fixed.ci, kept.anytime.ci])
})

test.each([
  ['results?fresh=true&asOf=2026-06-02', 400, 'query-invalid', 'asOf: expected none with fresh'],
  ['results?crossover=maybe', 400, 'query-invalid', 'expected include or exclude; "maybe" came'],
  ['breakdown', 400, 'query-invalid', 'prop: expected a name'],
  ['breakdown?prop=country&values=21', 400, 'query-invalid', 'values: expected a whole number from 1 to 20'],
  ['breakdown?prop=country&metric=clicks', 404, 'metric-not-found', 'one of "buyers", "revenue"'],
  ['novelty?metric=path', 400, 'query-invalid', '"path" is of kind funnel'],
  ['explain?metric=buyers&control=blue', 404, 'branch-not-found', 'one of master, new'],
])('%s is refused', async (path, status, code, detail) => {
  const reply = await api.get(`/v1/apps/shop/tests/t/${path}`)
  expect(reply.json()).toMatchObject({ status, code, detail: expect.stringContaining(detail) })
})
