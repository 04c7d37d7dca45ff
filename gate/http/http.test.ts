import { request } from 'node:http'
import { assign } from '@assay/core/assign'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Decisions } from '../decide/decisions.js'
import { ask } from '../testkit/ask.js'
import { canaryAt, decisionsBy, release } from '../testkit/tests.js'
import { openHttp } from './http.js'

const ID = 'V1StGXR8_Z5jdHi6B-myT'
const COOKIE = /^assay=1\.([\w-]{36}); Path=\/; Max-Age=31536000; SameSite=Lax$/

interface Told {
  status: number
  branch: string | undefined
  user: string | undefined
  test: string | undefined
  cookies: string[]
}

async function door(shop = decisionsBy(release(0.5)), test?: string) {
  let isReady = true
  const apps = new Map<string, Decisions>([['shop', shop]])
  const opened = await openHttp({ host: '127.0.0.1', port: 0, apps, test, isReady: () => isReady })
  onTestFinished(() => opened.close())
  const port = Number(new URL(opened.url).port)
  return {
    port,
    get: (path: string, headers = {}, method = 'GET') => get(port, path, headers, method),
    fail: () => {
      isReady = false
    },
  }
}

function get(port: number, path: string, headers: Record<string, string>, method: string): Promise<Told> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, path, headers, method, agent: false, host: '127.0.0.1' }, (response) => {
      response.resume()
      const header = (name: string) => response.headers[`x-assay-${name}`] as string | undefined
      const cookies = response.headers['set-cookie'] ?? []
      resolve({
        status: response.statusCode!,
        branch: header('branch'),
        user: header('user'),
        test: header('test'),
        cookies,
      })
    })
    sent.on('error', reject).end()
  })
}

test('a new visitor gets an id and a cookie, and by that the same branch ever after', async () => {
  const { get } = await door()
  const first = await get('/v1/gate/shop')
  const id = COOKIE.exec(first.cookies[0]!)![1]!
  expect(first).toEqual({
    status: 200,
    branch: assign(id, 'release', canaryAt(0.5).branches),
    user: id,
    test: 'release',
    cookies: [first.cookies[0]],
  })
  expect(await get('/v1/gate/shop', { cookie: `a=b; assay=1.${id}; c=d` })).toEqual({ ...first, cookies: [] })
})

test('1,000 visitors have the branches that core gives them', async () => {
  const { get } = await door()
  const ids = Array.from({ length: 1000 }, (_, i) => `visitor-${i}`)
  const told = await Promise.all(ids.map((id) => get('/v1/gate/shop', { cookie: `assay=1.${id}` })))
  expect(told.map(({ branch }) => branch)).toEqual(ids.map((id) => assign(id, 'release', canaryAt(0.5).branches)))
})

test('a test that is sticky is in the cookie, and the branch stays', async () => {
  const { get } = await door(decisionsBy(release(1, { sticky: true })))
  expect((await get('/v1/gate/shop', { cookie: `assay=1.${ID}` })).cookies).toEqual([
    expect.stringContaining(`assay=1.${ID}|release:next;`),
  ])
  const kept = { cookie: `assay=1.${ID}|release:master` }
  expect(await get('/v1/gate/shop', kept)).toMatchObject({ branch: 'master', cookies: [] })
})

test('the cookie is secure where the browser came by https', async () => {
  const { get } = await door()
  expect((await get('/v1/gate/shop', { 'x-forwarded-proto': 'https' })).cookies).toEqual([
    expect.stringMatching(/; Secure$/),
  ])
})

test('a user whom the proxy knows is that one, without a cookie', async () => {
  const { get } = await door()
  const known = (id: string) => get('/v1/gate/shop', { 'x-assay-user': id, cookie: `assay=1.${ID}` })
  const branchOf = (user: string) => assign(user, 'release', canaryAt(0.5).branches)
  expect(await known('ann')).toMatchObject({ branch: branchOf('ann'), user: 'ann', cookies: [] })
  expect(await known('J%C3%BCrgen')).toMatchObject({ branch: branchOf('Jürgen'), user: 'J%C3%BCrgen', cookies: [] })
})

test.each<[string, string, object]>([
  ['an app and a test', '/v1/gate/shop/release', { test: 'release', branch: 'next' }],
  ['the current test', '/v1/gate/shop', { test: 'release', branch: 'next' }],
  ['the same with a slash', '/v1/gate/shop/', { test: 'release', branch: 'next' }],
  ['the same by its sign', '/v1/gate/shop/-', { test: 'release', branch: 'next' }],
  ['what Envoy puts behind', '/v1/gate/shop/-/cart/7?assay=release:master', { test: 'release', branch: 'next' }],
  ['a query', '/v1/gate/shop?release', { test: 'release', branch: 'next' }],
  ['an encoded name', '/v1/gate/sh%6Fp/rele%61se', { test: 'release', branch: 'next' }],
  ['names that no header takes', '/v1/gate/shop/caf%C3%A9%0A', { test: 'caf%C3%A9%0A', branch: 'master' }],
  ['another test', '/v1/gate/shop/other', { test: 'other', branch: 'b%20%C3%A4%25' }],
])('%s is answered by any method', async (_, path, told) => {
  const other = {
    branches: [
      { name: 'master', weight: 0 },
      { name: 'b ä%', weight: 1 },
    ],
    control: 'master',
  }
  const { get } = await door(decisionsBy({ tests: { release: canaryAt(1), other }, current: 'release' }))
  for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS'])
    expect(await get(path, {}, method)).toMatchObject({ status: 200, ...told })
})

test('the gate’s own test is asked about in place of the current one', async () => {
  const { get } = await door(
    decisionsBy({ tests: { release: canaryAt(0), next: canaryAt(1) }, current: 'release' }),
    'next',
  )
  expect(await get('/v1/gate/shop')).toMatchObject({ test: 'next', branch: 'next' })
  expect(await get('/v1/gate/shop/release')).toMatchObject({ test: 'release', branch: 'master' })
})

describe('the control', () => {
  test.each<[string, string, Record<string, string>]>([
    ['an app that is not known', '/v1/gate/other', {}],
    ['a test that is not known', '/v1/gate/shop/other', {}],
    ['an app that is badly encoded', '/v1/gate/%E0%A4%A/release', {}],
    ['a test that is badly encoded', '/v1/gate/shop/%E0%A4%A', {}],
    ['a test named as what every object has', '/v1/gate/shop/__proto__', {}],
    ['a test of 8,000 characters', `/v1/gate/shop/${'x'.repeat(8000)}`, {}],
    ['a user who is badly encoded', '/v1/gate/shop', { 'x-assay-user': '%E0%A4%A' }],
    ['a user of two lines', '/v1/gate/shop', { 'x-assay-user': 'a%0Ab' }],
    ['a user of 257 characters', '/v1/gate/shop', { 'x-assay-user': 'x'.repeat(257) }],
    ['a cookie that is damaged', '/v1/gate/shop', { cookie: 'a=b; assay=1.<script>' }],
    ['a cookie of a later version', '/v1/gate/shop', { cookie: `assay=2.${ID}` }],
    ['Do Not Track', '/v1/gate/shop', { dnt: '1' }],
    ['Global Privacy Control', '/v1/gate/shop', { 'sec-gpc': '1' }],
  ])('%s', async (_, path, headers) => {
    const { get } = await door(decisionsBy(release(1)))
    expect(await get(path, headers)).toMatchObject({ status: 200, branch: 'master' })
  })

  test('whose cookie is damaged gets another, and by that a branch', async () => {
    const { get } = await door(decisionsBy(release(1)))
    const { cookies } = await get('/v1/gate/shop', { cookie: 'assay=1.!' })
    expect(cookies).toEqual([expect.stringMatching(COOKIE)])
    expect(await get('/v1/gate/shop', { cookie: cookies[0]! })).toMatchObject({ branch: 'next', cookies: [] })
  })

  test.each([
    ['stale', decisionsBy(release(1, { sticky: true }), false)],
    ['nothing known', decisionsBy(null)],
    ['maintenance', decisionsBy(release(1, { sticky: true }), true, true)],
  ])('%s: the visitor keeps the id, and no branch is kept for good', async (_, decisions) => {
    const { get } = await door(decisions)
    expect(await get('/v1/gate/shop')).toMatchObject({ branch: 'master', cookies: [expect.stringMatching(COOKIE)] })
    expect(await get('/v1/gate/shop', { cookie: `assay=1.${ID}|release:next` })).toMatchObject({
      branch: 'master',
      cookies: [],
    })
  })

  test('who asks not to be tracked has neither id nor cookie', async () => {
    const { get } = await door(decisionsBy(release(1)))
    expect(await get('/v1/gate/shop', { dnt: '1' })).toMatchObject({ user: undefined, cookies: [] })
  })
})

test.each([
  '/',
  '/v1',
  '/v1/gate',
  '/v1/gate/',
  '/v2/gate/shop',
  '/v1/gates/shop',
  '//v1/gate/shop',
  'http://x/v1/gate/shop',
])('%s is 404 and tells no branch', async (path) => {
  const { get } = await door()
  expect(await get(path)).toEqual({ status: 404, branch: undefined, user: undefined, test: undefined, cookies: [] })
})

test('ready while the tests are known, alive as long as it runs', async () => {
  const { get, fail } = await door()
  expect([(await get('/ready')).status, (await get('/live')).status]).toEqual([200, 200])
  fail()
  expect([(await get('/ready')).status, (await get('/live')).status]).toEqual([503, 200])
})

test('100 KB of headers, which proxies may let through, do not fail', async () => {
  const { get } = await door()
  const cookie = `${'a=b; '.repeat(20_000)}assay=1.${ID}`
  expect(await get('/v1/gate/shop', { cookie })).toMatchObject({ status: 200, user: ID, cookies: [] })
})

test.each(['GET\r\n\r\n', 'GET /v1/gate/shop HTTP/1.1\r\nbad header\r\n\r\n', '\0\xff\n\n', 'keep\n0.1\n'])(
  '%j is no HTTP, and is told no branch',
  async (bytes) => {
    const { port } = await door(decisionsBy(release(1)))
    const answer = await ask(port, bytes)
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    expect(answer).not.toMatch(/x-assay|next/i)
  },
)
