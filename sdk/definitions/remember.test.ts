import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ClientOptions } from '../options.js'
import { App } from '../testkit/app.js'
import { FakePage, fakeStorage } from '../testkit/fake-page.js'
import { type RememberOptions, remember } from './remember.js'

const of = (name: string) => ({ checkout: { branches: [{ name, weight: 1 }] } })
const DAY = 86_400_000
const KEY = 'assay.tests.shop'

let app: App
let page: FakePage
beforeEach(() => {
  vi.useFakeTimers()
  app = new App({ user: 'ann' })
  app.server.config.body = JSON.stringify({ tests: of('one-page') })
  page = new FakePage()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const open = (options: Partial<ClientOptions> = {}, memory: RememberOptions = {}) =>
  app.open({ memory: remember(memory), ...options })
/** A page that was open for a while, on which tests were learnt. */
const visit = async (options: Partial<ClientOptions> = {}, memory: RememberOptions = {}) => {
  const client = open(options, memory)
  await client.ready
  await client.close()
}

test('the next page has its branches at once, and newer ones when they come', async () => {
  await visit()
  app.server.config.body = JSON.stringify({ tests: of('two-page') })
  const client = open()
  const listener = vi.fn()
  client.onChange(listener)
  expect(client.peek('checkout')).toBe('one-page')
  await vi.advanceTimersByTimeAsync(0)
  expect([client.peek('checkout'), listener.mock.calls.length]).toEqual(['two-page', 1])
  await client.close()
  expect(open().peek('checkout')).toBe('two-page')
})

test('ready waits for no server then, not even for one that hangs', async () => {
  await visit()
  const client = open({ fetch: () => new Promise(() => {}) })
  await client.ready
  expect([client.peek('checkout'), client.isStale]).toEqual(['one-page', false])
})

test('what is the same after the look is not told', async () => {
  await visit()
  const client = open()
  const listener = vi.fn()
  client.onChange(listener)
  await vi.advanceTimersByTimeAsync(0)
  expect([app.server.urls.length, listener.mock.calls.length]).toEqual([2, 0])
})

test('what the server rendered wins, and is remembered', async () => {
  await visit()
  expect(open({ config: { tests: of('rendered') } }).peek('checkout')).toBe('rendered')
  expect(open({ fetch: () => new Promise(() => {}) }).peek('checkout')).toBe('rendered')
})

test.each<[string, number, RememberOptions, string]>([
  ['a day', DAY - 1, {}, 'one-page'],
  ['more', DAY, {}, 'master'],
  ['an hour, of an hour at the most', 3_600_000, { maxAge: 3_600_000 }, 'master'],
  ['since tomorrow, for the clock was set back', -DAY, {}, 'master'],
])('it counts for a day: kept for %s', async (_, age, memory, branch) => {
  await visit({}, memory)
  vi.setSystemTime(Date.now() + age)
  expect(open({}, memory).peek('checkout')).toBe(branch)
})

test('it is as young as the last look that said the same', async () => {
  const client = open()
  await client.ready
  await vi.advanceTimersByTimeAsync(DAY)
  expect(open().peek('checkout')).toBe('one-page')
  await client.close()
})

test('apps, and servers of other names, have their own', async () => {
  await visit()
  expect(open({ app: 'blog' }).peek('checkout')).toBe('master')
  expect(open({}, { name: 'other' }).peek('checkout')).toBe('master')
})

test('nothing is remembered before consent, all of it afterwards, and nothing once it is denied', async () => {
  const client = open({ consent: 'pending' })
  await client.ready
  expect(Object.keys(page.local)).toEqual([])
  client.consent('granted')
  expect(Object.keys(page.local)).toEqual([KEY])
  client.consent('denied')
  await vi.advanceTimersByTimeAsync(120_000)
  expect(Object.keys(page.local)).toEqual([])
  client.consent('granted')
  expect(Object.keys(page.local)).toEqual([KEY])
})

test.each<[string, Partial<ClientOptions>, object]>([
  ['denied', { consent: 'denied' }, {}],
  ['a privacy signal', {}, { globalPrivacyControl: true }],
])('what stands there is not read, and removed: %s', async (_, options, navigator) => {
  await visit()
  vi.stubGlobal('navigator', navigator)
  const client = open({ ...options, fetch: () => new Promise(() => {}) })
  expect([client.config, Object.keys(page.local)]).toEqual([undefined, []])
})

test.each([
  '{"at":',
  'null',
  '7',
  '[]',
  '{"at":1e13,"config":null}',
  '{"at":"now","config":{"tests":{}}}',
  '{"config":7}',
])('what is damaged is as nothing, and made good: %s', async (text) => {
  page.local.setItem(KEY, text)
  await visit()
  expect(open().peek('checkout')).toBe('one-page')
})

test.each(['null', '{"tests":null}', '{"tests":7}', '"x"'])(
  'a config that is none is looked for: %s',
  async (config) => {
    page.local.setItem(KEY, `{"at":${Date.now()},"config":${config}}`)
    const client = open()
    await client.ready
    expect(client.peek('checkout')).toBe('one-page')
  },
)

test('storage that is denied is told of once', async () => {
  const denied = () => {
    throw new Error('denied')
  }
  Object.defineProperty(globalThis, 'localStorage', { get: denied, configurable: true })
  const client = open()
  await client.ready
  await vi.advanceTimersByTimeAsync(600_000)
  expect([client.peek('checkout'), app.errors]).toEqual(['one-page', ['denied']])
  await client.close()
})

test('storage that is full keeps nothing older either, and is told of once', async () => {
  await visit()
  const full = fakeStorage()
  full.setItem(KEY, page.local.getItem(KEY)!)
  Object.defineProperty(Object.getPrototypeOf(full), 'setItem', {
    value() {
      throw new Error('full')
    },
  })
  vi.stubGlobal('localStorage', full)
  const client = open()
  await client.ready
  await vi.advanceTimersByTimeAsync(600_000)
  expect([client.peek('checkout'), app.errors, Object.keys(full)]).toEqual(['one-page', ['full'], []])
})

test('what is too much is not kept, and told of once', async () => {
  const client = open({}, { characters: 40 })
  await client.ready
  await vi.advanceTimersByTimeAsync(600_000)
  expect(app.errors).toEqual([expect.stringMatching(/^remember: \d+ characters, 40 at the most$/)])
  expect(Object.keys(page.local)).toEqual([])
})

test('where there is no page there is no memory, and no error', async () => {
  vi.unstubAllGlobals()
  await visit()
  expect([open().peek('checkout'), app.errors]).toEqual(['master', []])
})
