import { type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type Canaries, errors, startCanaries } from '../testkit/canary.js'
import { keys } from '../testkit/server.js'
import { MOST_WAITING } from './canaries.js'

let api: Canaries
beforeEach(async () => {
  api = await startCanaries()
})
afterEach(() => api.close())

/** Resolves once who waits has looked so often: at the second look, the first is over. */
async function untilLooked(looks: { mock: { calls: unknown[] } }, times: number) {
  await vi.waitFor(() => expect(looks.mock.calls.length).toBeGreaterThanOrEqual(times), { timeout: 20_000 })
}

it('answers once there is a verdict', async () => {
  const testId = await api.rollout('begin')
  await api.tell(testId, {})
  const looks = vi.spyOn(api.store.read, 'query')
  const waiting = api.canary(`?test=${testId}&wait=60`)
  await untilLooked(looks, 2)
  api.now++
  await api.tell(testId, { guardrails: [errors] })
  expect(await waiting).toMatchObject({ verdict: 'healthy', stage: 'rolling' })
})

it('answers at once where there is a verdict, or the rollout is over', async () => {
  const over = await api.rollout('begin', 'rollback')
  const well = await api.rollout('begin')
  await api.tell(well, { guardrails: [errors] })
  expect((await api.canary(`?test=${over}&wait=60`)).verdict).toBe('unhealthy')
  expect((await api.canary(`?test=${well}&wait=60`)).verdict).toBe('healthy')
})

it('answers as soon as the rollout has moved, also without a verdict', async () => {
  const testId = await api.rollout('begin')
  const looks = vi.spyOn(api.store.read, 'query')
  const waiting = api.canary(`?test=${testId}&wait=60`)
  await untilLooked(looks, 2)
  await api.step(testId, { action: 'promote' })
  expect(await waiting).toMatchObject({ verdict: 'insufficient', step: 1 })
})

it('waits for another state than was seen, whatever its verdict is', async () => {
  const testId = await api.rollout('begin', 'rollback')
  const { mark } = await api.canary(`?test=${testId}`)
  const looks = vi.spyOn(api.store.read, 'query')
  const waiting = api.canary(`?test=${testId}&wait=60&seen=${mark}`)
  await untilLooked(looks, 2)
  await api.step(testId, { action: 'begin' })
  expect(await waiting).toMatchObject({ stage: 'rolling', attempt: 2 })
  expect(await api.canary(`?test=${testId}&wait=60&seen=${mark}`)).toMatchObject({ stage: 'rolling' })
})

it('answers as it is when the time is over', async () => {
  const testId = await api.rollout('begin')
  expect(await api.canary(`?test=${testId}&wait=1`)).toMatchObject({ verdict: 'insufficient', stage: 'rolling' })
})

it('answers as it is when the server closes', async () => {
  const testId = await api.rollout('begin')
  const url = await api.server.listen({ host: '127.0.0.1', port: 0 })
  const looks = vi.spyOn(api.store.read, 'query')
  const waiting = fetch(`${url}/v1/apps/shop/canary?test=${testId}&key=${keys.read}&wait=60`)
  await untilLooked(looks, 2)
  const closed = api.server.close()
  expect(await (await waiting).json()).toMatchObject({ verdict: 'insufficient', stage: 'rolling' })
  // The client would keep its connection alive for longer.
  api.server.server.closeAllConnections()
  await closed
})

it('has so many places, which are free again when clients go', async () => {
  const testId = await api.rollout('begin')
  await api.server.listen({ host: '127.0.0.1', port: 0 })
  const { port } = api.server.server.address() as AddressInfo
  const path = `/v1/apps/shop/canary?test=${testId}&key=${keys.read}&wait=`
  const clients = Array.from({ length: MOST_WAITING + 1 }, () => request({ port, path: `${path}60` }).end())
  const first = new Promise<IncomingMessage>((resolve) => {
    for (const client of clients) client.on('response', resolve).on('error', () => {})
  })
  const { statusCode, headers } = await first
  expect([statusCode, headers['retry-after']]).toEqual([503, '5'])
  for (const client of clients) client.destroy()
  await vi.waitFor(async () => expect((await api.get(`${path}1`)).statusCode).toBe(200), 20_000)
})
