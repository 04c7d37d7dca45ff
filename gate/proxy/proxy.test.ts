import { assign } from '@assay/core/assign'
import { describe, expect, test } from 'vitest'
import { ask } from '../testkit/ask.js'
import { proxy } from '../testkit/proxy.js'
import { canaryAt, decisionsBy, release } from '../testkit/tests.js'
import { nobody, upstream } from '../testkit/upstream.js'

const ID = 'V1StGXR8_Z5jdHi6B-myT'
const COOKIE = /^assay=1\.([\w-]{36}); Path=\/; Max-Age=31536000; SameSite=Lax$/
const both = async () => [await upstream('control'), await upstream('canary')] as const

test('a new visitor gets a cookie, and by that the same branch ever after', async () => {
  const [control, canary] = await both()
  const { ask } = await proxy({
    upstreams: { control: control.url, next: canary.url },
    decisions: decisionsBy(release(0.5)),
  })
  const first = await ask({ path: '/cart?a=1' })
  const id = COOKIE.exec(first.headers['set-cookie']![0]!)![1]!
  const app = assign(id, 'release', canaryAt(0.5).branches) === 'next' ? 'canary' : 'control'
  expect(first).toMatchObject({ status: 200, body: `${app} GET /cart?a=1` })
  for (let i = 0; i < 5; i++) {
    const again = await ask({ headers: { cookie: `a=b; assay=1.${id}` } })
    expect(again.body).toBe(`${app} GET /`)
    expect(again.headers['set-cookie']).toBeUndefined()
  }
})

test('an app that knows the user by the cookie finds the new one in the request', async () => {
  const { url, requests } = await upstream('app')
  const { ask } = await proxy({ upstreams: { control: url } })
  const { headers } = await ask({ headers: { cookie: 'a=b; assay=damaged; c=d' } })
  expect(requests[0]!.headers.cookie).toBe(`a=b; c=d; ${headers['set-cookie']![0]!.split(';')[0]}`)
})

test('what the app sets is kept beside the cookie, and one of the same name is the app’s', async () => {
  const { url } = await upstream('app', ({ url }, response) => {
    response.writeHead(200, ['Set-Cookie', 'a=b', 'Set-Cookie', url === '/own' ? 'assay=own' : 'c=d']).end()
  })
  const { ask } = await proxy({ upstreams: { control: url } })
  expect((await ask()).headers['set-cookie']).toEqual(['a=b', 'c=d', expect.stringMatching(COOKIE)])
  expect((await ask({ path: '/own' })).headers['set-cookie']).toEqual(['a=b', 'assay=own'])
})

test('a test that is sticky keeps the branch, whatever the weights become', async () => {
  const [control, canary] = await both()
  const upstreams = { control: control.url, next: canary.url }
  const before = await proxy({ upstreams, decisions: decisionsBy(release(1, { sticky: true })) })
  const { headers } = await before.ask()
  const cookie = headers['set-cookie']![0]!.split(';')[0]!
  expect(cookie).toMatch(/\|release:next$/)
  const after = await proxy({ upstreams, decisions: decisionsBy(release(0, { sticky: true })) })
  expect((await after.ask({ headers: { cookie } })).body).toBe('canary GET /')
  expect((await after.ask()).body).toBe('control GET /')
})

test('of 2,000 new visitors a fifth have the canary', async () => {
  const [control, canary] = await both()
  const { ask } = await proxy({
    upstreams: { control: control.url, next: canary.url },
    decisions: decisionsBy(release(0.2)),
  })
  for (let i = 0; i < 2000; i += 50) await Promise.all(Array.from({ length: 50 }, () => ask()))
  expect(control.requests.length + canary.requests.length).toBe(2000)
  // Five standard deviations: one run in two million fails.
  expect(Math.abs(canary.requests.length - 400)).toBeLessThan(5 * Math.sqrt(2000 * 0.2 * 0.8))
})

test('upstreams are told who it is and where from, and none of it by the browser', async () => {
  const { url, requests } = await upstream('app')
  const { ask, port } = await proxy({ upstreams: { control: url } })
  await ask({
    headers: {
      ...{ cookie: `assay=1.${ID}`, 'x-assay-user': 'admin', 'X-Assay-Branch': 'master', x_assay_user: 'admin' },
      ...{
        'x-assay-anything': '1',
        'x-forwarded-for': '1.2.3.4',
        X_Forwarded_Proto: 'https',
        forwarded: 'for=1.2.3.4',
      },
      ...{
        'x-forwarded-port': '1',
        connection: 'x-assay-branch, x-own, host',
        'x-own': '1',
        te: 'trailers',
        kept: 'yes',
      },
    },
  })
  expect(requests[0]!.headers).toEqual({
    ...{ host: `127.0.0.1:${port}`, kept: 'yes', cookie: `assay=1.${ID}`, connection: 'keep-alive' },
    ...{ 'x-assay-branch': 'next', 'x-assay-test': 'release', 'x-assay-user': ID },
    ...{ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http', 'x-forwarded-host': `127.0.0.1:${port}` },
  })
})

test('a proxy in front is believed where that is said', async () => {
  const { url, requests } = await upstream('app')
  const { ask } = await proxy({ upstreams: { control: url }, trustUser: true, trustForwarded: true })
  const headers = { 'x-assay-user': 'ann', 'x-forwarded-for': '1.2.3.4', 'x-forwarded-host': 'shop.test' }
  await ask({ headers })
  expect(requests[0]!.headers).toMatchObject({
    ...{ 'x-assay-user': 'ann', 'x-forwarded-for': '1.2.3.4, 127.0.0.1', 'x-forwarded-host': 'shop.test' },
  })
  const secure = await ask({ headers: { 'x-forwarded-proto': 'https' } })
  expect(secure.headers['set-cookie']).toEqual([expect.stringMatching(/; Secure$/)])
  expect(requests[1]!.headers['x-forwarded-proto']).toBe('https')
})

test('connections to upstreams are kept, and what belongs to one goes no further', async () => {
  const { url, requests } = await upstream('app', (_, response) => {
    response
      .writeHead(200, { 'keep-alive': 'timeout=9', connection: 'x-own, keep-alive', 'x-own': '1', kept: 'yes' })
      .end()
  })
  const { ask } = await proxy({ upstreams: { control: url } })
  for (let i = 0; i < 10; i++) {
    const { headers } = await ask({ headers: { connection: 'close' } })
    expect(headers).toMatchObject({ kept: 'yes', connection: 'close' })
    expect(headers).not.toHaveProperty('x-own')
  }
  expect(new Set(requests.map(({ socket }) => socket)).size).toBe(1)
})

describe('the control', () => {
  test.each([
    ['stale', decisionsBy(release(1), false)],
    ['nothing known', decisionsBy(null)],
    ['maintenance', decisionsBy(release(1), true, true)],
    ['a malformed test', decisionsBy({ tests: { release: { branches: 7 } }, current: 'release' })],
  ])('%s', async (_, decisions) => {
    const [control, canary] = await both()
    const { ask, told, close } = await proxy({ upstreams: { control: control.url, next: canary.url }, decisions })
    expect((await ask()).body).toBe('control GET /')
    expect(control.requests[0]!.headers['x-assay-branch']).toBe('master')
    await close()
    expect(told.named('$exposure')).toEqual([])
    expect(told.named('$request')).toMatchObject([{ props: { outcome: 'ok' } }])
    expect(told.named('$request')[0]!.tests).toBeUndefined()
  })

  test('a branch that has no upstream, where others have one: its users are told to be of the control, and not counted', async () => {
    const [control, other] = await both()
    const { ask, told, close } = await proxy({ upstreams: { control: control.url, other: other.url } })
    expect((await ask()).body).toBe('control GET /')
    expect(control.requests[0]!.headers['x-assay-branch']).toBe('master')
    await close()
    expect(told.events.map(({ event, tests }) => ({ event, tests }))).toEqual([{ event: '$request', tests: undefined }])
  })

  test('who asks not to be tracked: no cookie, no user, no event', async () => {
    const [control, canary] = await both()
    const { ask, told, close } = await proxy({ upstreams: { control: control.url, next: canary.url } })
    const { headers, body } = await ask({ headers: { 'sec-gpc': '1' } })
    expect(body).toBe('control GET /')
    expect(headers['set-cookie']).toBeUndefined()
    expect(control.requests[0]!.headers['x-assay-user']).toBeUndefined()
    await close()
    expect(told.events).toEqual([])
  })
})

test('one upstream alone serves all branches, by the header', async () => {
  const { url, requests } = await upstream('app')
  const { ask, told, close } = await proxy({ upstreams: { control: url } })
  await ask()
  expect(requests[0]!.headers['x-assay-branch']).toBe('next')
  await close()
  expect(told.named('$exposure')).toMatchObject([{ tests: { release: 'next@1' } }])
})

test.each([
  ['no control', { next: 'http://127.0.0.1:1' }],
  ['a path', { control: 'http://127.0.0.1:1/app' }],
  ['no address', { control: '127.0.0.1:1' }],
  ['another protocol', { control: 'ftp://127.0.0.1' }],
])('%s among upstreams is refused', async (_, upstreams) => {
  await expect(proxy({ upstreams: upstreams as Record<string, string> })).rejects.toMatchObject({
    code: 'config-invalid',
  })
})

const HEAD = 'GET / HTTP/1.1\r\nHost: a\r\n'
test.each([
  ['two hosts', `${HEAD}Host: b\r\n\r\n`],
  ['a host with a path', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n'],
  ['no version', 'GET /HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['no host', 'GET / HTTP/1.1\r\n\r\n'],
  ['a length and a coding', `${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['two lengths', `${HEAD}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef`],
  ['a length that is none', `${HEAD}Content-Length: +5\r\n\r\nabcde`],
  ['a coding that is hidden', `${HEAD}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
  ['two codings', `${HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
  ['a coding in HTTP/1.0', 'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a header that goes on in the next line', `${HEAD}X-A: b\r\n c\r\n\r\n`],
  ['a space before the colon', `${HEAD}Content-Length : 5\r\n\r\nabcde`],
  ['another host in the target', 'GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['a target that is no path', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['an upgrade with a body', `${HEAD}Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n\r\nabc`],
  ['33 KB of headers', `${HEAD}X-A: ${'x'.repeat(33_000)}\r\n\r\n`],
])('%s: refused, and no upstream hears of it', async (_, bytes) => {
  const { url, requests } = await upstream('app')
  const { port, told, close } = await proxy({ upstreams: { control: url } })
  expect(await ask(port, bytes)).toMatch(/^HTTP\/1.1 4(00|31) /)
  await close()
  expect({ requests, events: told.events }).toEqual({ requests: [], events: [] })
})

test('a chunk that is malformed ends the request', async () => {
  const { url } = await upstream('app', (request, response) => request.resume().on('end', () => response.end('whole')))
  const { port } = await proxy({ upstreams: { control: url } })
  expect(
    await ask(port, `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`, 'zz\r\n'),
  ).not.toMatch(/whole/)
})

test('an upgrade to something else than WebSocket is an offer that is not taken', async () => {
  const { url, requests } = await upstream('app')
  const { port } = await proxy({ upstreams: { control: url } })
  const answer = await ask(
    port,
    `${HEAD}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n`,
  )
  expect(answer).toMatch(/^HTTP\/1.1 200 .*app GET \/$/s)
  expect(requests[0]!.headers).not.toHaveProperty('upgrade')
})

test('an upstream that is away from the start does not keep the proxy from opening', async () => {
  const { ask } = await proxy({ upstreams: { control: await nobody() } })
  expect((await ask()).status).toBe(502)
})
