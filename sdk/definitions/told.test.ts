import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type ClientConfig, type ClientOptions, createClient, type Updates } from '../index.js'
import { FakeServer } from '../testkit/fake-server.js'

const tests = { checkout: { branches: [{ name: 'one-page', weight: 1 }] } }
const changed = { checkout: { branches: [{ name: 'two-page', weight: 1 }] } }

let server: FakeServer
beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(0)
  server = new FakeServer()
  server.config.body = JSON.stringify({ tests })
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const open = (options: Partial<ClientOptions>) =>
  createClient({ url: 'https://assay.example', key: 'wk_1', app: 'shop', user: 'ann', fetch: server.fetch, ...options })
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)
const looks = () => server.urls.filter((url) => url.includes('/config?'))
/** Takes the place of `serverSent`: tells what a test says. */
function stream() {
  let listener: (config: ClientConfig) => void = () => {}
  const stop = vi.fn()
  const updates: Updates = (_, onConfig) => {
    listener = onConfig
    return stop
  }
  return { updates, stop, tell: (config: unknown) => listener(config as ClientConfig) }
}

test('tests come as they change, until the client is closed', async () => {
  const { updates, tell, stop } = stream()
  const client = open({ updates })
  await client.ready
  tell({ tests: changed })
  expect(client.assign('checkout')).toBe('two-page')
  await client.close()
  expect(stop).toHaveBeenCalledOnce()
})

test('tests that are told of are looked at rarely, but they are, for a stream may break off without a word', async () => {
  const { updates, tell } = stream()
  const client = open({ updates })
  await client.ready
  await pass(59_000)
  tell({ tests })
  await pass(299_000)
  expect(looks()).toHaveLength(1)
  server.config.body = JSON.stringify({ tests: changed })
  await pass(1000)
  expect([looks().length, client.assign('checkout')]).toEqual([2, 'two-page'])
  await pass(299_000)
  expect(looks()).toHaveLength(2)
  await pass(1000)
  expect(looks()).toHaveLength(3)
})

test('tests are looked at as ever while nothing is told of, or nothing that is a config', async () => {
  const { updates, tell } = stream()
  await open({ updates }).ready
  tell({ tests: null })
  await pass(120_000)
  expect(looks()).toHaveLength(3)
})

test('tests that are told of after a look failed are no longer stale, nor asked for soon', async () => {
  const { updates, tell } = stream()
  server.config.status = 503
  const client = open({ updates })
  await client.ready
  expect(client.isStale).toBe(true)
  tell({ tests })
  await pass(299_000)
  expect([client.isStale, client.assign('checkout')]).toEqual([false, 'one-page'])
  expect(server.urls.filter((url) => url.includes('/config?'))).toHaveLength(1)
})
