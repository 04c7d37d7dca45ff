import { createHash } from 'node:crypto'
import { request, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { ask as raw } from '../testkit/ask.js'
import { proxy } from '../testkit/proxy.js'
import { decisionsBy, release } from '../testkit/tests.js'
import { nobody, upstream } from '../testkit/upstream.js'

const ID = 'V1StGXR8_Z5jdHi6B-myT'
const cookie = `assay=1.${ID}`
const PIECE = Buffer.alloc(65_536, 'assay')
const PIECES = 800
const SIZE = PIECE.length * PIECES
const digestOf = (pieces: number) => {
  const hash = createHash('sha256')
  for (let i = 0; i < pieces; i++) hash.update(PIECE)
  return hash.digest('hex')
}

interface Sink {
  write(piece: Buffer): boolean
  once(event: 'drain', go: () => void): unknown
  end(): unknown
}

interface Source {
  on(event: 'data' | 'end' | 'error', take: (chunk: Buffer) => void): unknown
  pause(): unknown
  resume(): unknown
}

/** 50 MB on their way, of which it is known how far they are. */
class Load {
  private written = 0
  private readonly hash = createHash('sha256')
  size = 0
  /** Bytes that were under way after the reader had stopped for a while. */
  held = 0

  /** Writes as fast as it is taken. */
  pour(to: Sink): void {
    const go = () => {
      while (this.written < SIZE) {
        this.written += PIECE.length
        if (!to.write(PIECE)) return void to.once('drain', go)
      }
      to.end()
    }
    go()
  }

  /** Reads all, and stops for a while soon after the beginning. @returns its digest */
  read(from: Source): Promise<string> {
    return new Promise((resolve, reject) => {
      from.on('data', (chunk: Buffer) => {
        this.hash.update(chunk)
        const isFirst = this.size < SIZE / 16 && this.size + chunk.length >= SIZE / 16
        this.size += chunk.length
        if (!isFirst) return
        from.pause()
        setTimeout(() => {
          this.held = this.written - this.size
          from.resume()
        }, 500)
      })
      from.on('end', () => resolve(this.hash.digest('hex')))
      from.on('error', reject as () => void)
    })
  }
}

/** What two connections and their ends hold at the most; the rest of 50 MB stays where it was. */
const HELD = (SIZE * 3) / 4

test('server-sent events arrive at once, the headers before any', async () => {
  let stream: ServerResponse | undefined
  const { url } = await upstream('app', (_, response) => {
    stream = response
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
  })
  const { port } = await proxy({ upstreams: { control: url } })
  const response = await new Promise<AsyncIterable<Buffer> & { headers: object; destroy(): void }>((resolve) =>
    request({ host: '127.0.0.1', port, agent: false }, resolve).end(),
  )
  expect(response.headers).toMatchObject({ 'content-type': 'text/event-stream' })
  const events = response[Symbol.asyncIterator]()
  for (const data of ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']) {
    stream!.write(data)
    expect(`${(await events.next()).value}`).toBe(data)
  }
  response.destroy()
})

test('50 MB come down as they are, and wait at the app while the client stops', async () => {
  const load = new Load()
  const { url } = await upstream('app', (_, response) => load.pour(response))
  const { port, told, close } = await proxy({ upstreams: { control: url } })
  const digest = await new Promise<string>((resolve, reject) => {
    request({ host: '127.0.0.1', port, agent: false, headers: { cookie } }, (response) =>
      load.read(response).then(resolve, reject),
    ).end()
  })
  expect({ size: load.size, digest }).toEqual({ size: SIZE, digest: digestOf(PIECES) })
  expect(load.held).toBeLessThan(HELD)
  await close()
  expect(told.named('$request')).toMatchObject([{ props: { outcome: 'ok' } }])
})

test.each([{ 'content-length': SIZE }, { 'transfer-encoding': 'chunked' }])(
  '50 MB go up as they are, with %o, and wait at the client while the app stops',
  async (headers) => {
    const load = new Load()
    const { url } = await upstream('app', async (sent, response) => response.end(await load.read(sent)))
    const { port } = await proxy({ upstreams: { control: url } })
    const digest = await new Promise<string>((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, method: 'POST', headers, agent: false }, async (response) => {
        let text = ''
        for await (const chunk of response.setEncoding('utf8')) text += chunk
        resolve(text)
      })
      load.pour(sent.on('error', reject))
    })
    expect({ size: load.size, digest }).toEqual({ size: SIZE, digest: digestOf(PIECES) })
    expect(load.held).toBeLessThan(HELD)
  },
)

const GET = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nSec-GPC: 1\r\n\r\n'
const DATE = 'Date: Sun, 01 Nov 2026 00:00:00 GMT'
test.each([
  [
    'a length',
    GET,
    `HTTP/1.1 200 Fine\r\n${DATE}\r\nContent-Length: 3\r\n\r\nabc`,
    /^HTTP\/1.1 200 Fine\r\n.*\r\n\r\nabc$/s,
  ],
  ['no length, until it closes', GET, `HTTP/1.0 200 OK\r\n${DATE}\r\n\r\nabc`, /\r\n\r\n3\r\nabc\r\n0\r\n\r\n$/],
  [
    'hints before it',
    GET,
    `HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n${DATE}\r\nContent-Length: 0\r\n\r\n`,
    /^HTTP\/1.1 200 OK/,
  ],
  [
    'nothing but headers',
    GET.replace('GET', 'HEAD'),
    `HTTP/1.1 200 OK\r\n${DATE}\r\nContent-Length: 9\r\n\r\n`,
    /Content-Length: 9\r\n.*\r\n\r\n$/s,
  ],
  [
    'no change',
    GET,
    `HTTP/1.1 304 Not Modified\r\n${DATE}\r\nETag: "a"\r\n\r\n`,
    /^HTTP\/1.1 304 .*ETag: "a"\r\n.*\r\n\r\n$/s,
  ],
  [
    'bytes that are no UTF-8',
    GET,
    `HTTP/1.1 200 OK\r\n${DATE}\r\nX-A: \xe4\r\nContent-Length: 1\r\n\r\n\xff`,
    /X-A: \xe4\r\n.*\r\n\r\n\xff$/s,
  ],
  [
    'a client of HTTP/1.0',
    'GET / HTTP/1.0\r\nSec-GPC: 1\r\n\r\n',
    `HTTP/1.1 200 OK\r\n${DATE}\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    /\r\n\r\nabc$/,
  ],
])('an answer with %s', async (_, question, answer, expected) => {
  const app = createServer((socket) => void socket.once('data', () => socket.end(answer, 'latin1')))
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void app.close())
  const { port } = await proxy({ upstreams: { control: `http://127.0.0.1:${(app.address() as AddressInfo).port}` } })
  const told = await raw(port, question)
  expect(told).toMatch(expected)
  expect(told.match(/^date:.*$/gim)).toEqual([DATE])
})

/** An app that sends WebSocket messages back with its name. */
async function echo(name: string) {
  const app = await upstream(name)
  const sockets = new WebSocketServer({ server: app.server })
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`${name}: ${data}`)))
  return app
}

function open(port: number, headers = {}): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/live`, { headers })
  onTestFinished(() => socket.terminate())
  return new Promise((resolve, reject) => socket.on('open', () => resolve(socket)).on('error', reject))
}

const said = (socket: WebSocket, text: string) =>
  new Promise<string>((resolve) => {
    socket.once('message', (data) => resolve(`${data}`))
    socket.send(text)
  })

test.each([
  [1, 'canary'],
  [0, 'control'],
])('a WebSocket goes to its user’s branch, both ways: at weight %d to the %s', async (share, name) => {
  const [control, canary] = [await echo('control'), await echo('canary')]
  const upstreams = { control: control.url, next: canary.url }
  const { port, told, close } = await proxy({ upstreams, decisions: decisionsBy(release(share)) })
  const socket = await open(port, { cookie })
  expect(await said(socket, 'hello')).toBe(`${name}: hello`)
  const long = 'x'.repeat(1_000_000)
  expect(await said(socket, long)).toBe(`${name}: ${long}`)
  const closed = new Promise((resolve) => socket.on('close', resolve))
  socket.close(4000)
  expect(await closed).toBe(4000)
  await close()
  expect(told.named('$request')).toMatchObject([{ user: ID, props: { outcome: 'ok' } }])
})

test('a new visitor’s WebSocket sets the cookie', async () => {
  const { port } = await proxy({ upstreams: { control: (await echo('app')).url } })
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`)
  onTestFinished(() => socket.terminate())
  const response = await new Promise<{ headers: object }>((resolve) => socket.on('upgrade', resolve))
  expect(response.headers).toMatchObject({ 'set-cookie': [expect.stringMatching(/^assay=1\./)] })
})

test('a canary that refuses connections: the WebSocket is the control’s', async () => {
  const { port, told, close } = await proxy({
    upstreams: { control: (await echo('control')).url, next: await nobody() },
  })
  expect(await said(await open(port, { cookie }), 'hello')).toBe('control: hello')
  await close()
  expect(told.named('$request')).toMatchObject([{ props: { outcome: 'error' }, tests: { release: 'next@1' } }])
})

test('an app that does not change the protocol is heard, and one that is away is 502', async () => {
  const app = await upstream('app', (_, response) => response.writeHead(403).end('no'))
  const { port } = await proxy({ upstreams: { control: app.url } })
  await expect(open(port)).rejects.toThrow(/403/)
  const away = await proxy({ upstreams: { control: await nobody() } })
  await expect(open(away.port)).rejects.toThrow(/502/)
})

test('where one side of a WebSocket goes away, the other one does', async () => {
  const app = await echo('app')
  const { port } = await proxy({ upstreams: { control: app.url } })
  const [first, second] = [await open(port), await open(port)]
  const closed = new Promise((resolve) => first.on('close', resolve))
  app.server.closeAllConnections()
  const upgraded = await new Promise<number>((resolve) => app.server.getConnections((_, count) => resolve(count)))
  expect(upgraded).toBe(2)
  second.terminate()
  await expect.poll(() => new Promise((resolve) => app.server.getConnections((_, count) => resolve(count)))).toBe(1)
  first.terminate()
  await closed
})

test('bytes that come with the upgrade reach the app', async () => {
  const app = await upstream('app')
  app.server.on('upgrade', (_, socket, head) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n')
    socket.unshift(head)
    socket.once('data', (data) => socket.end(data))
  })
  const { port } = await proxy({ upstreams: { control: app.url } })
  const head = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
  expect(await raw(port, `${head}first bytes`)).toMatch(/^HTTP\/1.1 101 .*\r\n\r\nfirst bytes$/s)
})

test('a proxy that closes lets responses end, and ends WebSockets', async () => {
  let finish = () => {}
  const app = await upstream('app', (_, response) => {
    response.write('a')
    finish = () => void response.end('b')
  })
  new WebSocketServer({ server: app.server })
  const { port, ask, close } = await proxy({ upstreams: { control: app.url } })
  const socket = await open(port)
  const ended = new Promise((resolve) => socket.on('close', resolve))
  const answer = ask()
  await expect.poll(() => app.requests.length).toBe(1)
  const closing = close()
  await ended
  finish()
  expect((await answer).body).toBe('ab')
  await closing
})
