import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Client, createClient } from '../client.js'
import { offline } from '../delivery/offline.js'
import { matches, remember } from '../index.js'
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

describe('a page that is seen', () => {
  const ANN = 'id-of-ann-who-was-here'
  const cookie = () => page.cookies.get('assay')
  const sent = () => server.events.map(({ event, user }) => [event, user])
  const use = (client: Client) => {
    client.assign('checkout')
    client.track('view')
    client.identify('ann')
  }
  beforeEach(() => {
    page.document.cookie = `assay=1.${ANN}`
    page.written.length = 0
  })

  test('does not tell again what the page before has told', async () => {
    const client = open({ config: { tests } })
    use(client)
    page.session.setItem(`assay.shop.${ANN}`, '{"checkout":"one-page"}')
    await show()
    client.assign('checkout')
    await client.close()
    expect(server.events.map(({ event, tests }) => [event, tests])).toEqual([
      ['view', { checkout: 'one-page' }],
      ['$identify', {}],
    ])
  })

  test('is of the user who came meanwhile, as its cookie and its listeners know', async () => {
    const client = open({ config: { tests }, attributes: { plan: 'free' } })
    client.assign('checkout')
    client.track('view')
    const heard: string[] = []
    client.onChange(() => heard.push(client.user))
    page.document.cookie = 'assay=1.somebody-who-came'
    await show()
    await client.close()
    expect(sent()).toEqual([
      ['$exposure', 'somebody-who-came'],
      ['view', 'somebody-who-came'],
    ])
    expect([heard, cookie()]).toEqual([['somebody-who-came'], '1.somebody-who-came|checkout:one-page'])
  })

  test('tells nothing if the user refused, or left, before it was', async () => {
    const refused = open({ config: { tests } })
    use(refused)
    refused.consent('denied')
    refused.consent('granted')
    const left = open({ config: { tests } })
    use(left)
    left.reset()
    left.track('hello')
    await show()
    await refused.flush()
    await left.close()
    expect(sent()).toEqual([['hello', left.user]])
  })

  test('goes on as others do, whatever is decided later', async () => {
    const client = open({ config: { tests }, consent: 'denied' })
    await show()
    client.consent('granted')
    use(client)
    await client.close()
    expect(sent().map(([event]) => event)).toEqual(['$exposure', 'view', '$identify'])
  })

  test('does not open again what was closed before', async () => {
    const client = open({ config: { tests } })
    use(client)
    await client.close()
    page.written.length = 0
    await show()
    expect([server.urls, kept()]).toEqual([[], []])
  })
})

describe('a page that comes back', () => {
  const back = () => page.happen('pageshow', { persisted: true })
  beforeEach(() => {
    page.document.prerendering = false
    page.turn('visible')
  })
  const sent = () => server.events.map(({ event, user }) => [event, user])

  test('after a logout is of somebody else, of whom nothing is known', async () => {
    const staff = { checkout: { ...tests.checkout, targeting: { role: 'staff' } } }
    const client = open({ config: { tests: staff }, targeting: matches, attributes: { role: 'staff' } })
    const before = client.user
    client.assign('checkout')
    await client.flush()
    const next = open({ config: { tests } })
    next.reset()
    let changes = 0
    client.onChange(() => changes++)
    back()
    expect([client.user, changes, client.explain('checkout')?.reason]).toEqual([next.user, 1, 'left-out'])
    client.track('view')
    await client.close()
    expect(sent()).toEqual([
      ['$exposure', before],
      ['view', next.user],
    ])
    expect(page.cookies.get('assay')).toBe(`1.${next.user}`)
  })

  test('does not tell again what the page after it told', async () => {
    const client = open({ config: { tests } })
    const next = open({ config: { tests } })
    next.assign('checkout')
    await next.flush()
    back()
    client.assign('checkout')
    client.track('view')
    await client.close()
    expect(sent().map(([event]) => event)).toEqual(['$exposure', 'view'])
  })

  test('leaves alone what was decided after it: refused here, granted there, or the other way round', () => {
    const refused = open({ consent: 'denied' })
    const { user } = open()
    back()
    refused.track('view')
    expect(page.cookies.get('assay')).toBe(`1.${user}`)
    open().consent('denied')
    back()
    expect(page.cookies.get('assay')).toBeUndefined()
  })

  test('of a user whom the app named is still that user’s', () => {
    const client = open({ user: 'ann' })
    page.document.cookie = 'assay=1.somebody-who-came'
    back()
    expect(client.user).toBe('ann')
  })

  test('is left alone once its client is closed', async () => {
    const client = open()
    await client.close()
    page.document.cookie = 'assay=1.somebody-who-came'
    back()
    expect(client.user).not.toBe('somebody-who-came')
  })

  test('is another matter than one that was just opened', () => {
    const client = open()
    page.document.cookie = 'assay=1.somebody-who-came'
    page.happen('pageshow', { persisted: false })
    expect(client.user).not.toBe('somebody-who-came')
  })
})
