import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { ask as raw } from '../testkit/ask.js'
import { proxy } from '../testkit/proxy.js'
import { decisionsBy, release } from '../testkit/tests.js'
import { nobody, upstream } from '../testkit/upstream.js'

const ID = 'V1StGXR8_Z5jdHi6B-myT'
const ann = { cookie: `assay=1.${ID}` }
const event = (outcome: string, branch = 'next@1') => ({
  ...{ app: 'shop', user: ID, event: '$request', tests: { release: branch }, props: { outcome } },
})

/** Takes connections, and does with each what is said. */
async function tcp(serve: (socket: Socket) => void): Promise<string> {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('error', () => {})
    serve(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test.each([
  [200, 'ok'],
  [204, 'ok'],
  [304, 'ok'],
  [302, 'ok'],
  [404, 'user_error'],
  [429, 'user_error'],
  [500, 'error'],
  [503, 'error'],
])('%i is %s', async (status, outcome) => {
  const { url } = await upstream('app', (_, response) => response.writeHead(status).end())
  const { ask, told, close } = await proxy({ upstreams: { control: url } })
  expect((await ask({ headers: ann })).status).toBe(status)
  await close()
  expect(told.named('$request')).toEqual([
    { ...event(outcome), id: expect.any(String), time: expect.any(Number), value: expect.any(Number) },
  ])
})

test('the value is milliseconds to the end of the response', async () => {
  const { url } = await upstream('app', (_, response) => {
    response.write('a')
    setTimeout(() => response.end('b'), 100)
  })
  const { ask, told, close } = await proxy({ upstreams: { control: url } })
  await ask()
  await close()
  const { value } = told.named('$request')[0]!
  expect(value).toBeGreaterThanOrEqual(99)
  expect(value).toBeLessThan(2000)
})

test.each(['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'])(
  'a canary that refuses connections: %s is answered by the control, and the canary’s failure is told of',
  async (method) => {
    const control = await upstream('control')
    const { ask, told, close } = await proxy({ upstreams: { control: control.url, next: await nobody() } })
    expect(await ask({ method, headers: ann })).toMatchObject({ status: 200, headers: { 'x-app': 'control' } })
    expect(control.requests[0]!.headers).toMatchObject({ 'x-assay-branch': 'master', 'x-assay-user': ID })
    await close()
    expect(told.named('$request')).toMatchObject([event('error')])
    expect(told.named('$sent')).toMatchObject([{ user: 'gate:test', value: 1, tests: { release: 'next@1' } }])
    expect(told.named('$exposure')).toMatchObject([{ tests: { release: 'next@1' } }])
  },
)

test('the same with a body, which the canary has not seen', async () => {
  const control = await upstream('control', (request, response) => request.pipe(response))
  const { ask, told, close } = await proxy({ upstreams: { control: control.url, next: await nobody() } })
  const body = 'x'.repeat(300_000)
  expect((await ask({ method: 'POST', body, headers: ann })).body).toBe(body)
  await close()
  expect(told.named('$request')).toMatchObject([event('error')])
})

test('a canary that closes the connection without an answer: what may be sent twice goes to the control', async () => {
  const control = await upstream('control')
  const next = await tcp((socket) => socket.once('data', () => socket.resetAndDestroy()))
  const { ask, told, close } = await proxy({ upstreams: { control: control.url, next } })
  expect((await ask({ headers: ann })).status).toBe(200)
  expect((await ask({ method: 'PUT', headers: ann })).status).toBe(200)
  expect((await ask({ method: 'PUT', body: 'a', headers: ann })).status).toBe(502)
  expect((await ask({ method: 'POST', headers: ann })).status).toBe(502)
  expect(control.requests.map(({ method }) => method)).toEqual(['GET', 'PUT'])
  await close()
  expect(told.named('$request')).toMatchObject(Array(4).fill(event('error')))
  // Who saw the failure saw the canary.
  expect(told.named('$exposure')).toMatchObject([{ user: ID, tests: { release: 'next@1' } }])
})

test('the control closes a connection: the request is sent once more', async () => {
  let connections = 0
  const control = await tcp((socket) => {
    connections++
    socket.on('data', () =>
      connections === 1 ? socket.resetAndDestroy() : socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'),
    )
  })
  const { ask, told, close } = await proxy({ upstreams: { control }, decisions: decisionsBy(release(0)) })
  expect((await ask({ headers: ann })).body).toBe('ok')
  await close()
  expect(told.named('$request')).toMatchObject([event('ok', 'master@1')])
})

test('a control that cannot be reached is 502', async () => {
  const { ask, told, close } = await proxy({
    upstreams: { control: await nobody() },
    decisions: decisionsBy(release(0)),
  })
  expect(await ask({ headers: ann })).toMatchObject({ status: 502, body: 'The application cannot be reached.\n' })
  await close()
  expect(told.named('$request')).toMatchObject([event('error', 'master@1')])
})

test('both refuse: 502, told of once, and it is the canary’s failure', async () => {
  const { ask, told, close } = await proxy({ upstreams: { control: await nobody(), next: await nobody() } })
  expect((await ask({ headers: ann })).status).toBe(502)
  await close()
  expect(told.named('$request')).toMatchObject([event('error')])
})

test('an upstream that hangs is 504 after its time, and not asked of the control', async () => {
  const control = await upstream('control')
  const next = await upstream('canary', () => {})
  const { ask, told, close } = await proxy({ upstreams: { control: control.url, next: next.url }, timeout: 1000 })
  expect(await ask({ headers: ann })).toMatchObject({ status: 504, body: 'The application did not answer in time.\n' })
  expect(control.requests).toEqual([])
  await close()
  expect(told.named('$request')).toMatchObject([event('error')])
})

test('a hung canary shows by what was sent and not answered', async () => {
  const control = await upstream('control')
  const next = await upstream('canary', () => {})
  const { ask, told } = await proxy({ upstreams: { control: control.url, next: next.url } })
  const asked = [ask({ headers: ann }), ask({ headers: ann }), ask({ headers: ann })].map((one) => one.catch(() => {}))
  await expect.poll(() => told.events.length, { timeout: 5000 }).toBeGreaterThan(0)
  expect(told.events.reduce((sum, { event, value }) => (event === '$sent' ? sum + value! : Number.NaN), 0)).toBe(3)
  next.server.closeAllConnections()
  await Promise.all(asked)
})

test.each([
  ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
  ['a length and a coding', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a header that is none', 'HTTP/1.1 200 OK\r\nbad header\r\n\r\n'],
  [
    'a change of protocol that nobody asked for',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
  ],
])('an upstream that answers %s is 502', async (_, bytes) => {
  const control = await tcp((socket) => socket.once('data', () => socket.end(bytes)))
  const { ask, told, close } = await proxy({ upstreams: { control } })
  expect((await ask({ headers: ann })).status).toBe(502)
  await close()
  expect(told.named('$request')).toMatchObject([event('error')])
})

test('an upstream that ends in the middle: the user sees that the body is not whole', async () => {
  const control = await tcp((socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc')),
  )
  const { ask, told, close } = await proxy({ upstreams: { control } })
  await expect(ask({ headers: ann })).rejects.toThrow(/aborted|hang up/)
  await close()
  expect(told.named('$request')).toMatchObject([event('error')])
})

test.each([
  ['before the response', () => {}],
  ['in the middle of it', (_: unknown, response: { write(text: string): void }) => response.write('a')],
])('a client that goes away %s: abandoned, and the upstream’s request ends too', async (_, answer) => {
  const app = await upstream('app', answer)
  const { port, told, close } = await proxy({ upstreams: { control: app.url } })
  const socket = connect(port, '127.0.0.1')
  socket.write(`GET / HTTP/1.1\r\nHost: a\r\nCookie: ${ann.cookie}\r\n\r\n`)
  await expect.poll(() => app.requests.length).toBe(1)
  socket.destroy()
  await expect.poll(() => app.requests[0]!.socket.destroyed).toBe(true)
  await close()
  expect(told.named('$request')).toMatchObject([event('abandoned')])
})

test('a client that goes away while its requests wait for each other', async () => {
  const app = await upstream('app', (_, response) => response.write('x'.repeat(1_000_000)))
  const { port, told, close } = await proxy({ upstreams: { control: app.url } })
  const socket = connect(port, '127.0.0.1')
  socket.write(`GET / HTTP/1.1\r\nHost: a\r\nCookie: ${ann.cookie}\r\n\r\n`.repeat(15))
  await expect.poll(() => app.requests.length).toBe(15)
  socket.destroy()
  await expect.poll(() => app.requests.every((request) => request.socket.destroyed)).toBe(true)
  await close()
  expect(told.named('$request')).toMatchObject(Array(15).fill(event('abandoned')))
})

test('requests that do not wait for each other’s answers get them in their order', async () => {
  const { url } = await upstream('app', ({ url }, response) =>
    setTimeout(() => response.end(url), url === '/1' ? 50 : 0),
  )
  const { port } = await proxy({ upstreams: { control: url } })
  const paths = ['/1', '/2', '/3']
  const requests = paths.map(
    (path, i) => `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: ${i < 2 ? 'keep-alive' : 'close'}\r\n\r\n`,
  )
  expect((await raw(port, requests.join(''))).match(/^\/\d/gm)).toEqual(paths)
})

test('a client that goes away in the middle of its body', async () => {
  const app = await upstream('app', (request) => request.resume())
  const { port, told, close } = await proxy({ upstreams: { control: app.url } })
  const socket = connect(port, '127.0.0.1')
  socket.write(`POST / HTTP/1.1\r\nHost: a\r\nCookie: ${ann.cookie}\r\nContent-Length: 100\r\n\r\nabc`)
  await expect.poll(() => app.requests.length).toBe(1)
  socket.destroy()
  await expect.poll(() => app.requests[0]!.socket.destroyed).toBe(true)
  await close()
  expect(told.named('$request')).toMatchObject([event('abandoned')])
})

test('an answer before the body has come: it gets through, and the connection goes on', async () => {
  const { url } = await upstream('app', (_, response) => response.writeHead(413).end('too much'))
  const { port, told, close } = await proxy({ upstreams: { control: url } })
  const body = 'x'.repeat(3_000_000)
  const first = `POST / HTTP/1.1\r\nHost: a\r\nCookie: ${ann.cookie}\r\nContent-Length: ${body.length}\r\n\r\n`
  const answers = await raw(port, first, body, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  expect(answers.match(/^HTTP\/1.1 413 /gm)).toHaveLength(2)
  await close()
  expect(told.named('$request')[0]).toMatchObject(event('user_error'))
})

test('a user is exposed once, however often they come', async () => {
  const { url } = await upstream('app')
  const { ask, told, close } = await proxy({ upstreams: { control: url } })
  for (let i = 0; i < 3; i++) await ask({ headers: ann })
  await close()
  expect(told.named('$exposure')).toMatchObject([{ user: ID, tests: { release: 'next@1' } }])
  expect(told.named('$request')).toHaveLength(3)
  expect(told.named('$sent').reduce((sum, { value }) => sum + value!, 0)).toBe(3)
})

test('what came of requests is counted for StatsD', async () => {
  const { url } = await upstream('app')
  const proxied: unknown[] = []
  const monitor = { proxied: (...all: unknown[]) => void proxied.push(all) }
  const { ask } = await proxy({ upstreams: { control: url }, monitor })
  await ask()
  await expect.poll(() => proxied).toEqual([[false, 'ok', expect.any(Number)]])
})
