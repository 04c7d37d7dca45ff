import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { storeEvents, storeMoments, usersOf } from './testkit/rows.js'
import { type Harness, keys, startQueryApi } from './testkit/server.js'

let api: Harness
beforeAll(async () => {
  api = await startQueryApi()
})
afterAll(() => api.close())

const time = Date.parse('2026-06-15T10:07:00Z')

describe('apps and tests', () => {
  beforeAll(async () => {
    expect((await api.get('/v1/apps')).json()).toEqual({ apps: [] })
    await storeEvents(api.store, [
      { time, tests: { t1: 'a@3', t2: 'x' } },
      { time: time + 3_600_000, tests: { t1: 'b' }, event: '$exposure' },
      { time, tests: {}, event: 'visit' },
      { time, app: 'quiet', tests: {} },
    ])
    await storeMoments(api.store, 't1', '2026-06-15T10:07:10Z', usersOf({ a: 5, gone: 7 }))
    await storeMoments(api.store, 't1', '2026-06-15T10:07:20Z', usersOf({ a: 6, b: 1 }))
  })

  it('apps have their events counted once each, whatever the tests', async () => {
    const quarter = '2026-06-15T10:00:00.000Z'
    expect((await api.get('/v1/apps')).json()).toEqual({
      apps: [
        { app: 'quiet', events: 1, tests: 0, firstSeen: quarter, lastSeen: quarter },
        { app: 'shop', events: 3, tests: 2, firstSeen: quarter, lastSeen: '2026-06-15T11:00:00.000Z' },
      ],
    })
  })

  it('tests have branches and events, and the users of the newest snapshot', async () => {
    const seen = { firstSeen: '2026-06-15T10:00:00.000Z', lastSeen: '2026-06-15T10:00:00.000Z' }
    const t1 = { branches: ['a', 'b'], events: ['$exposure', 'buy'], lastSeen: '2026-06-15T11:00:00.000Z' }
    expect((await api.get('/v1/apps/shop/tests')).json()).toEqual({
      app: 'shop',
      tests: [
        { testId: 't1', users: 7, ...seen, ...t1 },
        { testId: 't2', users: 0, ...seen, branches: ['x'], events: ['buy'] },
      ],
    })
    expect((await api.get('/v1/apps/quiet/tests')).json()).toEqual({ app: 'quiet', tests: [] })
  })

  it('tests are listed as they are defined as well, whether or not an event has come', async () => {
    const branches = ['new', 'a'].map((name) => ({ name, weight: 1 }))
    const headers = { authorization: `Bearer ${keys.admin}` }
    const payload = { branches, control: 'a', metrics: [] }
    const define = (url: string) => api.server.inject({ method: 'PUT', url: `/v1/apps/${url}`, headers, payload })
    for (const url of ['shop/tests/t1', 'shop/tests/t0', 'drafts/tests/t']) await define(url)
    await api.server.inject({ method: 'POST', url: '/v1/apps/shop/tests/t1/start', headers })
    const { tests } = (await api.get('/v1/apps/shop/tests')).json()
    expect(tests).toEqual([
      { testId: 't0', users: 0, events: [], stage: 'draft', version: 1, branches: ['new', 'a'] },
      expect.objectContaining({ testId: 't1', users: 7, stage: 'running', version: 2, branches: ['new', 'a', 'b'] }),
      expect.not.objectContaining({ stage: expect.anything() }),
    ])
    expect((await api.get('/v1/apps/drafts/tests')).json()).toEqual({
      app: 'drafts',
      tests: [{ ...tests[0], testId: 't' }],
    })
  })

  it('an app that never sent and of which nothing is defined is not found', async () => {
    const reply = await api.get('/v1/apps/none/tests')
    expect([reply.statusCode, reply.json()]).toEqual([
      404,
      expect.objectContaining({ code: 'app-not-found', detail: expect.stringContaining('"none" came') }),
    ])
  })
})

describe('an import', () => {
  const at = (app: string, digest: string) => api.get(`/v1/apps/${app}/imports/${digest}`).then((r) => r.json())
  const rows = (digest: string, sequences: readonly number[]) =>
    storeEvents(
      api.store,
      sequences.map((n) => ({ id: `import:${digest}:${n}`, time })),
    )
  const range = (length: number) => Array.from({ length }, (_, i) => i)

  it('not begun starts at 0', async () => {
    expect(await at('shop', 'none')).toEqual({ rows: 0, next: 0 })
  })

  it('goes on after the rows stored, or at the first gap', async () => {
    await rows('d1', range(1000))
    expect(await at('shop', 'd1')).toEqual({ rows: 1000, next: 1000 })
    await rows('d1', [1001, 1002, 2000])
    expect(await at('shop', 'd1')).toEqual({ rows: 1003, next: 1000 })
    await rows('d1', [1000])
    expect(await at('shop', 'd1')).toEqual({ rows: 1004, next: 1003 })
  })

  it('without its first row starts at 0, and rows stored twice count once', async () => {
    await rows('d2', [1, 2])
    await rows('d2', [1, 2])
    expect(await at('shop', 'd2')).toEqual({ rows: 2, next: 0 })
  })

  it('belongs to its app', async () => {
    expect(await at('quiet', 'd1')).toEqual({ rows: 0, next: 0 })
  })
})

describe('keys', () => {
  const as = (authorization?: string, url = '/v1/apps') =>
    api.server.inject({ url, headers: authorization === undefined ? {} : { authorization } })

  it.each([
    ['no key', undefined, 401, 'key-missing'],
    ['an unknown key', 'Bearer rk_unknown', 401, 'key-invalid'],
    ['the write key', `Bearer ${keys.write}`, 403, 'key-forbidden'],
  ])('%s is refused', async (_, authorization, status, code) => {
    const reply = await as(authorization)
    expect([reply.statusCode, reply.json().code]).toEqual([status, code])
    expect(reply.headers['content-type']).toMatch(/^application\/problem\+json\b/)
  })

  it('the admin key reads, and a key may stand in the query', async () => {
    expect((await as(`Bearer ${keys.admin}`)).statusCode).toBe(200)
    expect((await as(undefined, `/v1/apps?key=${keys.read}`)).statusCode).toBe(200)
  })

  it('are looked at before anything else', async () => {
    expect((await as(undefined, '/v1/apps/shop/tests/t/series?bucket=year')).statusCode).toBe(401)
  })

  it('no answer is kept by a cache', async () => {
    expect((await as(`Bearer ${keys.read}`)).headers['cache-control']).toBe('no-store')
  })
})
