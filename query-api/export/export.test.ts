import { EventEmitter, once } from 'node:events'
import type { Exports } from '@assay/core/store/store'
import fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { queryApi } from '../query-api.js'
import { storeEvents, storeMoments, usersOf } from '../testkit/rows.js'
import { type Harness, keys, NOW, ring, startQueryApi } from '../testkit/server.js'

let api: Harness
beforeAll(async () => {
  api = await startQueryApi()
})
afterAll(() => api.close())

const HOUR = 3_600_000
const base = '/v1/apps/shop/tests'

describe('users of a test', () => {
  const at = (hours: number) => NOW + hours * HOUR
  const exposed = (user: string, hours: number, branch = 'a') => ({
    ...{ user, event: '$exposure', time: at(hours), tests: { t: branch } },
  })
  const did = (
    user: string,
    event: string,
    hours: number,
    value: number,
    tests: Record<string, string> = { t: 'a' },
  ) => ({
    ...{ user, event, time: at(hours), value, tests },
  })
  beforeAll(() =>
    storeEvents(api.store, [
      exposed('ann', 0),
      did('ann', 'buy', -1, 100),
      did('ann', 'buy', 0, 5),
      did('ann', 'buy', 2, 7),
      did('ann', 'view', 1, 1, {}),
      did('ann', '$identify', 1, 1),
      exposed('bob', 1, 'b@3'),
      exposed('cy', 2),
      exposed('cy', 3, 'b'),
      did('cy', '=cmd|calc', 4, 2),
      did('dan', 'buy', 1, 9),
      did('eve', 'buy', 1, 9, { other: 'a' }),
      ...[exposed('ann', 0), exposed('bob', 0)].map((event) => ({ ...event, app: 'else' })),
    ]),
  )

  /** By name, since the hash says nothing to a reader. */
  async function users(test = 't', app = 'shop') {
    const reply = await api.get(`/v1/apps/${app}/tests/${test}/users`)
    expect(reply.statusCode, reply.body).toBe(200)
    const names = await api.store.read.query<{ user: string; hash: string }>(
      `SELECT DISTINCT user, toString(cityHash64(app, user)) AS hash FROM events WHERE app = {app:String}`,
      { app },
    )
    const nameOf = new Map(names.map((row) => [row.hash, row.user]))
    return (reply.json().users as { user_hash: string; event: string }[])
      .map(({ user_hash, ...row }) => ({ user: nameOf.get(user_hash), ...row }))
      .sort((a, b) => `${a.user}${a.event}`.localeCompare(`${b.user}${b.event}`))
  }

  it('have a row for each event since their exposure, or one without an event', async () => {
    const since = (hours: number) => new Date(at(hours)).toISOString()
    const row = { inferred: false, crossed: false, identified: false, phase: 0 }
    expect(await users()).toEqual([
      { ...row, user: 'ann', branch: 'a', since: since(0), event: 'buy', n: 2, sum: 12 },
      { ...row, user: 'ann', branch: 'a', since: since(0), event: 'view', n: 1, sum: 1 },
      { ...row, user: 'bob', branch: 'b', phase: 3, since: since(1), event: '', n: 0, sum: 0 },
      { ...row, user: 'cy', branch: 'a', since: since(2), crossed: true, event: '=cmd|calc', n: 1, sum: 2 },
    ])
  })

  it('of a test without exposures are known from their first event', async () => {
    const [eve] = await users('other')
    expect(eve).toMatchObject({ user: 'eve', inferred: true, event: 'buy', n: 1, sum: 9 })
  })

  it('add up to what moments count', async () => {
    const rows = await users()
    const buyers = rows.filter((r) => r.event === 'buy')
    expect([new Set(rows.map((r) => r.user)).size, buyers.length]).toEqual([3, 1])
  })

  it.each([
    ['/v1/apps/none/tests/t/users', 'app-not-found'],
    [`${base}/none/users`, 'test-not-found'],
    [`${base}/t/users?format=xlsx`, 'query-invalid'],
    [`${base}/it's%20%5C/users`, 'test-not-found'],
  ])('%s is refused', async (url, code) => {
    expect((await api.get(url)).json()).toMatchObject({ code })
  })

  it('go out as CSV by RFC 4180, no formula among them', async () => {
    const { body, headers } = await api.get(`${base}/t/users?format=csv`)
    const [head, ...lines] = body.split('\r\n')
    expect(head).toBe('"user_hash","branch","phase","since","inferred","crossed","identified","event","n","sum"')
    expect(lines.pop()).toBe('')
    expect(lines.length).toBe(4)
    expect(lines.find((line) => line.includes('cmd'))).toMatch(
      /^"\d+","a",0,"2026-06-15T14:00:00\.000Z",false,true,false,"'=cmd\|calc",1,2$/,
    )
    expect(headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': 'attachment; filename="shop-t-users.csv"',
      'cache-control': 'no-store',
    })
  })
})

describe('a form', () => {
  beforeAll(() =>
    storeMoments(api.store, 'r', '2026-06-15T11:00:00Z', [
      ...usersOf({ a: 1000, b: 1000 }),
      { event: 'buy', branch: 'a', users: 1000, converted: 100, mean: 0.1, m2: 90, sum: 100 },
      { event: 'buy', branch: 'b', users: 1000, converted: 200, mean: 0.2, m2: 160, sum: 200 },
    ]),
  )

  const series = `${base}/t/series?event=buy&from=2026-06-15`
  it.each([
    ['', undefined, 'application/json; charset=utf-8'],
    ['&format=json', 'text/csv', 'application/json; charset=utf-8'],
    ['&format=csv', undefined, 'text/csv; charset=utf-8; header=present'],
    ['', 'text/csv', 'text/csv; charset=utf-8; header=present'],
    ['', 'text/html, application/x-ndjson;q=0.5, text/csv;q=0.1', 'application/x-ndjson'],
    ['', 'text/html', 'application/json; charset=utf-8'],
    ['', 'text/csv;q=0, */*', 'application/json; charset=utf-8'],
    ['', 'application/vnd.apache.parquet', 'application/vnd.apache.parquet'],
    ['', 'Application/Vnd.Apache.Arrow.Stream', 'application/vnd.apache.arrow.stream'],
  ])('%j with Accept %j is %s', async (format, accept, type) => {
    const headers = { authorization: `Bearer ${keys.read}`, ...(accept !== undefined && { accept }) }
    const reply = await api.server.inject({ url: series + format, headers })
    expect([reply.statusCode, reply.headers['content-type']]).toEqual([200, type])
  })

  const parsed = (body: string) =>
    body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))

  it('of results has a row for each metric and branch, the figures those of the JSON', async () => {
    const { metrics } = (await api.get(`${base}/r/results`)).json()
    const rows = parsed((await api.get(`${base}/r/results?format=ndjson`)).body)
    expect(rows.map((r) => [r.metric, r.branch, r.verdict])).toEqual([
      ['buy conversion', 'a', null],
      ['buy conversion', 'b', 'better'],
      ['buy per user', 'a', null],
      ['buy per user', 'b', 'better'],
    ])
    const { effect, relative, fixed, anytime } = metrics[0].comparisons[0]
    expect(rows[1]).toEqual({
      ...{ as_of: '2026-06-15T11:00:00.000Z', metric: 'buy conversion', event: 'buy', kind: 'conversion' },
      ...{ control: 'a', ...metrics[0].branches[1], effect, relative },
      ...{ fixed_p: fixed.pValue, fixed_lo: fixed.ci[0], fixed_hi: fixed.ci[1] },
      ...{ anytime_p: anytime.pValue, anytime_lo: anytime.ci[0], anytime_hi: anytime.ci[1] },
      ...{ method: 'any-time', verdict: 'better', provisional: true, role: 'metric', saved: null },
      ...{ sequential_p: null, sequential_lo: null, sequential_hi: null, adjusted_p: expect.any(Number) },
    })
  })

  it('of series has a row for each branch and bucket', async () => {
    const [{ branch, points }] = (await api.get(series)).json().series
    const [row] = parsed((await api.get(`${series}&format=ndjson`)).body)
    expect(row).toEqual({ event: 'buy', branch, ...points[0] })
  })

  it.each([
    [`${base}/r/results`, 4, ['buy conversion', 'buy per user']],
    [`${base}/t/users`, 4, null],
  ])('of %s reads back the same from Parquet and Arrow', async (url, count, metrics) => {
    for (const [format, engine] of [
      ['parquet', 'Parquet'],
      ['arrow', 'ArrowStream'],
    ] as const) {
      const reply = await api.get(`${url}?format=${format}`)
      expect(reply.headers['content-disposition']).toMatch(new RegExp(`filename="shop-[a-z-]+\\.${format}"$`))
      const file = await api.keep(reply.rawPayload)
      const what = metrics === null ? '[]' : 'arraySort(groupUniqArray(metric))'
      const [row] = await api.store.write.query(
        `SELECT count() AS count, ${what} AS metrics FROM file('${file}', ${engine})`,
      )
      expect(row).toEqual({ count, metrics: metrics ?? [] })
    }
  })

  it('that a test without rows has is empty but whole', async () => {
    await storeMoments(api.store, 'silent', '2026-06-15T11:00:00Z', usersOf({ a: 5 }))
    const { statusCode, body } = await api.get(`${base}/silent/results?format=csv`)
    expect([statusCode, body.split('\r\n').length]).toEqual([200, 2])
    expect((await api.get(`${base}/silent/results?format=ndjson`)).body).toBe('')
  })

  it('has a file name that every system takes', async () => {
    const name = '../a"b\\;é'
    await storeEvents(api.store, [{ time: NOW, app: name, tests: { [name]: 'a' } }])
    const path = encodeURIComponent(name)
    const { headers } = await api.get(`/v1/apps/${path}/tests/${path}/series?event=buy&format=csv`)
    expect(headers['content-disposition']).toBe('attachment; filename="_a_b_-_a_b_-buy.csv"')
  })
})

it('says that too many exports are under way', async () => {
  const replies = await Promise.all(Array.from({ length: 6 }, () => api.get(`${base}/t/users`)))
  expect(new Set(replies.map((r) => r.statusCode))).toEqual(new Set([200, 503]))
  const refused = replies.find((r) => r.statusCode === 503)!
  expect([refused.json().code, refused.headers['retry-after']]).toEqual(['too-many-exports', '5'])
  expect((await api.get(`${base}/t/users`)).statusCode).toBe(200)
})

it('gives up, for a server that closes, what would hold it up', async () => {
  const other = fastify()
  const begun = new EventEmitter()
  const exports: Exports = {
    bytes: (_sql, _format, { signal } = {}) =>
      new Promise((_, reject) => {
        signal!.addEventListener('abort', () => reject(new Error('stopped')))
        begun.emit('now')
      }),
  }
  const { store, log } = api
  await other.register(queryApi, { store: { ...store, exports }, log, keys: ring, control: api.control })
  const now = once(begun, 'now')
  const reply = other.inject(`${base}/t/users?key=${keys.read}`)
  await now
  await other.close()
  expect((await reply).json().code).toBe('shutting-down')
})
