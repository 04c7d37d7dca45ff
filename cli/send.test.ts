import type { WireEvent } from '@assay/core/event'
import { expect, test } from 'vitest'
import { CommandError, exit } from './failure.js'
import { sendAll } from './send.js'
import { fakeServer, type Mood } from './testkit/fake-server.js'

const batch: WireEvent[] = [{ id: 'e1', app: 'a', user: 'u', event: 'view' }]
const brief = { batch: 800, attempt: 200 }

async function send(mood: (request: number) => Mood) {
  const server = await fakeServer(mood)
  const started = Date.now()
  const error = await sendAll(server, [batch], () => {}, brief).catch((e) => e as CommandError)
  return { server, error, took: Date.now() - started }
}

test('a connection that stays silent is given up and tried again', async () => {
  const { server, error } = await send((n) => (n === 0 ? 'hang' : 'take'))
  expect(error).toBeUndefined()
  expect(server.events).toEqual(batch)
})

test('patience ends, with what the server said', async () => {
  const { error, took } = await send(() => 'busy')
  expect(error).toMatchObject({
    code: exit.unreachable,
    message: expect.stringContaining('The server is busy. Queue.'),
  })
  expect(took).toBeLessThan(2000)
})

test('a wait longer than the patience is not waited for', async () => {
  const { error, server } = await send(() => 'limit')
  expect(error?.message).toContain('it asks to wait 1 s')
  expect(server.requests).toBe(1)
})

test('a refused event ends it at once', async () => {
  const { error, server } = await send(() => 'reject')
  expect(error?.message).toBe('Expected every event to be taken; 1 of a batch were not: value: too large')
  expect(server.requests).toBe(1)
})

test('another program’s answer is told from Assay’s', async () => {
  const { error } = await send(() => 'stranger')
  expect(error).toBeInstanceOf(CommandError)
  expect(error?.message).toMatch(
    /^Expected an answer of Assay from http:\/\/127\.0\.0\.1:\d+; got 404 with text\/html\.$/,
  )
})

test('a server that is not there is tried until patience ends', async () => {
  const error = await sendAll({ url: 'http://127.0.0.1:9', key: 'k' }, [batch], () => {}, brief).catch((e) => e)
  expect(error).toMatchObject({ code: exit.unreachable })
})
