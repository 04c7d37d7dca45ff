import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createClient } from '../client.js'
import { offline } from '../delivery/offline.js'
import { remember } from '../index.js'
import type { ClientOptions, Exposure } from '../options.js'
import { FakePage } from '../testkit/fake-page.js'
import { FakeServer } from '../testkit/fake-server.js'

const tests = { checkout: { branches: [{ name: 'one-page', weight: 1 }], sticky: true } }

let server: FakeServer
let page: FakePage
beforeEach(() => {
  vi.useFakeTimers()
  server = new FakeServer()
  server.config.body = JSON.stringify({ tests })
  page = new FakePage()
  page.document.prerendering = true
  page.turn('hidden')
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const open = (options: Partial<ClientOptions> = {}) =>
  createClient({
    url: 'https://assay.example',
    key: 'wk_1',
    app: 'shop',
    fetch: server.fetch,
    memory: remember(),
    keep: offline(),
    ...options,
  })
const kept = () => [page.written, Object.keys(page.local), Object.keys(page.session)].flat()
/** The browser takes the page that it prepared. */
const show = async () => {
  page.document.prerendering = false
  page.happen('prerenderingchange')
  page.turn('visible')
  await vi.advanceTimersByTimeAsync(2000)
}

test('a page that the browser prepares knows its branches; nothing is stored or reported until it is seen', async () => {
  const exposures: Exposure[] = []
  const client = open({ onExposure: (exposure) => exposures.push(exposure) })
  await client.ready
  expect(client.assign('checkout')).toBe('one-page')
  client.track('view')
  client.consent('granted')
  await vi.advanceTimersByTimeAsync(60_000)
  await client.flush()
  expect([server.events, kept(), exposures]).toEqual([[], [], []])
  await show()
  expect(server.events.map(({ event, user }) => [event, user])).toEqual([
    ['$exposure', client.user],
    ['view', client.user],
  ])
  expect(page.cookies.get('assay')).toBe(`1.${client.user}|checkout:one-page`)
  expect(exposures).toHaveLength(1)
  await client.close()
})

test('one that nobody ever sees was never there', async () => {
  const client = open()
  await client.ready
  client.assign('checkout')
  page.happen('pagehide')
  await client.close()
  await vi.advanceTimersByTimeAsync(60_000)
  expect([server.events, kept()]).toEqual([[], []])
})

test.each(['pending', 'denied'] as const)('that it is seen is no consent: %s', async (consent) => {
  const client = open({ consent })
  await client.ready
  client.track('view')
  await show()
  expect([server.events, kept()]).toEqual([[], []])
  await client.close()
})

test('what was decided meanwhile holds', async () => {
  const client = open({ consent: 'pending' })
  client.consent('granted')
  client.consent('denied')
  client.track('view')
  await show()
  expect([server.events, kept()]).toEqual([[], []])
  await client.close()
})
