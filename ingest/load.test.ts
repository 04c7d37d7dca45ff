import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { keys, NOW, startIngest } from './testkit/server.js'

const good = { app: 'shop', user: 'u1', event: 'purchase' }
const json = JSON.stringify(good)
const rawRequest = `POST /v1/events?key=${keys.write} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${json.length}\r\n\r\n${json}`
const turn = () => new Promise((resolve) => setImmediate(resolve))

function gate(): { closed: Promise<void>; open: () => void } {
  let open = () => {}
  const closed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { closed, open }
}

it('nothing is acknowledged before the log has it', async () => {
  const { log, post } = await startIngest()
  const { closed, open } = gate()
  log.gate = closed
  let answered = false
  const reply = post(good).then((r) => {
    answered = true
    return r
  })
  for (let i = 0; i < 20; i++) await turn()
  expect(answered).toBe(false)
  open()
  expect((await reply).statusCode).toBe(202)
})

it('a log that fails is a 503 to be retried, and keeps its reasons to itself', async () => {
  const { log, counters, post } = await startIngest()
  log.fails = true
  const reply = await post(good)
  expect([reply.statusCode, reply.json().code, reply.headers['retry-after']]).toEqual([503, 'log-unavailable', '1'])
  expect(reply.body).not.toContain('secret')
  expect(counters.accepted).toBe(0)
  log.fails = false
  expect((await post(good)).statusCode).toBe(202)
})

it('a full queue turns requests away until the log has caught up', async () => {
  const { log, post } = await startIngest({ limits: { queueBytes: 100 } })
  const { closed, open } = gate()
  log.gate = closed
  const first = post(good)
  for (let i = 0; i < 20; i++) await turn()
  const reply = await post(good)
  expect([reply.statusCode, reply.json().code, reply.headers['retry-after']]).toEqual([503, 'queue-full', '1'])
  open()
  expect((await first).statusCode).toBe(202)
  expect((await post(good)).statusCode).toBe(202)
})

it('a key over its rate waits; other keys do not', async () => {
  let now = NOW
  const { post } = await startIngest({ clock: () => now, limits: { eventsPerSecond: 10, eventBurst: 10 } })
  expect((await post(Array(40).fill(good))).statusCode).toBe(202)
  const reply = await post(good)
  expect([reply.statusCode, reply.json().code, reply.headers['retry-after']]).toEqual([429, 'rate-limited', '3'])
  expect((await post(good, { headers: { authorization: `Bearer ${keys.admin}` } })).statusCode).toBe(202)
  now += 3_100
  expect((await post(good)).statusCode).toBe(202)
})

it('stopping finishes what is under way and takes nothing new', async () => {
  const { server, log } = await startIngest()
  const { closed, open } = gate()
  log.gate = closed
  await server.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(rawRequest)
  await once(server.server, 'request')
  for (let i = 0; i < 20; i++) await turn()
  const done = server.close()
  for (let i = 0; i < 20; i++) await turn()
  // Pipelined: new connections are refused by now, a new request on an open one has to be.
  socket.write(rawRequest)
  await once(server.server, 'request')
  open()
  const answers = await text(socket)
  expect(answers.match(/HTTP\/1.1 \d+|"code":"[a-z-]+"/g)).toEqual([
    'HTTP/1.1 202',
    'HTTP/1.1 503',
    '"code":"shutting-down"',
  ])
  await done
})
