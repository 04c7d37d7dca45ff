import { type AddressInfo, connect, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { proxy } from '../testkit/proxy.js'
import { upstream } from '../testkit/upstream.js'

/** An app that answers anything with these bytes. */
async function saying(answer: string): Promise<string> {
  const server = createServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(answer, 'latin1')))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('who asks for another protocol behind a request that is not answered yet loses the connection alone', async () => {
  const app = await upstream('app', (_, response) => setTimeout(() => response.end('late'), 200))
  const { port, ask } = await proxy({ upstreams: { control: app.url } })
  const socket = connect(port, '127.0.0.1')
  const closed = new Promise((resolve) => socket.on('error', () => {}).on('close', resolve))
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n'
  socket.write(`GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n${upgrade}\r\n`)
  await closed
  expect((await ask()).status).toBe(200)
})

test.each(['Gef\xfcllt', '\xe6\x88\x90\xe5\x8a\x9f', ''])('an answer with the reason %j arrives', async (reason) => {
  const url = await saying(`HTTP/1.1 200 ${reason}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok`)
  const { ask } = await proxy({ upstreams: { control: url } })
  expect(await ask()).toMatchObject({ status: 200, body: 'ok' })
})

test('an empty secret lets nobody choose: it is refused', async () => {
  await expect(proxy({ upstreams: { control: 'http://127.0.0.1:1' }, override: '' })).rejects.toMatchObject({
    code: 'config-invalid',
  })
})

test('a client that leaves before the protocol has changed is told of as gone', async () => {
  const app = await upstream('app')
  app.server.on('upgrade', () => {})
  const { port, told, close } = await proxy({ upstreams: { control: app.url } })
  const socket = connect(port, '127.0.0.1')
  const key = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n'
  socket.write(`GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n`)
  await new Promise((resolve) => app.server.once('upgrade', resolve))
  await new Promise((resolve) =>
    socket
      .on('close', resolve)
      .on('error', () => {})
      .resume()
      .end(),
  )
  await close()
  expect(told.named('$request')).toMatchObject([{ props: { outcome: 'abandoned' } }])
})
