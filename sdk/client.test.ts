import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type ClientOptions, knownBots, matches } from './index.js'
import { App } from './testkit/app.js'

const tests = { checkout: { branches: [{ name: 'one-page', weight: 1 }] } }
const changed = { checkout: { branches: [{ name: 'two-page', weight: 1 }] } }

let app: App
beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(0)
  app = new App({ app: 'shop/eu', user: 'ann' })
  app.server.config.body = JSON.stringify({ tests })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const open = (options: Partial<ClientOptions> = {}) => app.open(options)
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)
describe('definitions', () => {
  test('are fetched; until they are there, everybody has the fallback and is not counted', async () => {
    const client = open({ fallback: 'control' })
    expect(client.assign('checkout')).toBe('control')
    await client.ready
    expect(client.assign('checkout')).toBe('one-page')
    await client.flush()
    expect(app.server.urls).toEqual([
      'https://assay.example/v1/apps/shop%2Feu/config?key=wk_1',
      'https://assay.example/v1/events?key=wk_1',
    ])
    expect(app.server.events.map(({ event }) => event)).toEqual(['$exposure'])
  })

  test('that are given are there at once, and looked at a minute later', async () => {
    const client = open({ config: { tests } })
    expect(client.assign('checkout')).toBe('one-page')
    expect(app.server.urls).toEqual([])
    app.server.config.body = JSON.stringify({ tests: changed, current: 'checkout' })
    await pass(60_000)
    expect(client.assign('checkout')).toBe('two-page')
    expect(client.config).toEqual({ tests: changed, current: 'checkout' })
  })

  test('that did not change are not sent again, and nobody hears of them', async () => {
    app.server.config.etag = '"1"'
    const client = open({ refresh: 1000 })
    await client.ready
    const listener = vi.fn()
    client.onChange(listener)
    await pass(3500)
    expect([app.server.urls.length, listener.mock.calls.length]).toEqual([4, 0])
    app.server.config = { status: 200, body: JSON.stringify({ tests: changed }), etag: '"2"' }
    await pass(1000)
    expect([listener.mock.calls.length, client.assign('checkout')]).toEqual([1, 'two-page'])
  })

  test('stay as they were while they cannot be had', async () => {
    const client = open({ refresh: 1000 })
    await client.ready
    app.server.config = { status: 503, body: 'busy' }
    await pass(3500)
    expect(client.assign('checkout')).toBe('one-page')
    expect(app.errors).toEqual(Array(2).fill('config: 503, 4 characters: busy'))
    app.server.config = { status: 200, body: JSON.stringify({ tests: changed }) }
    await pass(4000)
    expect(client.assign('checkout')).toBe('two-page')
  })

  test('are not looked at again when that is not wanted, or the client is closed', async () => {
    await open({ refresh: 0 }).ready
    const client = open()
    await client.ready
    await client.close()
    await pass(600_000)
    expect(app.server.urls).toHaveLength(2)
  })

  test('that change are told to those who listen, until they do no more', async () => {
    const client = open({ refresh: 1000 })
    const listener = vi.fn()
    const stop = client.onChange(listener)
    await client.ready
    expect(listener).toHaveBeenCalledTimes(1)
    stop()
    await pass(5000)
    expect(listener).toHaveBeenCalledTimes(1)
  })
})

describe('the user of a page', () => {
  const two = { branches: [...tests.checkout.branches, { name: 'two-page', weight: 0 }] }

  test('is shown a forced branch, uncounted, until it is let go', async () => {
    const client = open({ config: { tests: { checkout: two } }, refresh: 0 })
    const listener = vi.fn()
    client.onChange(listener)
    client.force('checkout', 'two-page')
    expect([client.assign('checkout'), listener.mock.calls.length]).toEqual(['two-page', 1])
    client.force('checkout', null)
    expect(client.assign('checkout')).toBe('one-page')
    await client.flush()
    expect(app.server.events).toHaveLength(1)
  })

  test('is not in a test with targeting that nobody evaluates, and the app hears what it must do', async () => {
    const targeting = { country: 'de' }
    const client = open({ config: { tests: { checkout: { ...two, targeting } } }, attributes: { country: 'de' } })
    expect([client.explain('checkout')?.reason, app.errors]).toEqual([
      'left-out',
      ['targeting: give createClient matches, for a test has {"country":"de"}'],
    ])
  })

  test('may become known better, and what was known before is forgotten', () => {
    const germans = { ...two, targeting: { country: 'de' } }
    const given = { country: 'at' }
    const client = open({ config: { tests: { checkout: germans } }, targeting: matches, attributes: given })
    expect(client.explain('checkout')?.reason).toBe('left-out')
    client.describe({ country: 'de' })
    expect(client.explain('checkout')?.reason).toBe('split')
    client.describe({})
    expect(client.explain('checkout')?.reason).toBe('left-out')
    expect(given).toEqual({ country: 'at' })
  })
})

describe('consent', () => {
  const open2 = (options: Partial<ClientOptions>) => open({ config: { tests }, refresh: 0, ...options })

  test('that is pending: branches are given, nothing is sent; once granted, all of it', async () => {
    const client = open2({ consent: 'pending' })
    expect(client.assign('checkout')).toBe('one-page')
    client.track('view')
    await pass(60_000)
    await client.flush()
    expect(app.server.urls).toEqual([])
    client.consent('granted')
    await pass(1000)
    expect(app.server.events.map(({ event }) => event)).toEqual(['$exposure', 'view'])
  })

  test('that is denied after all: what waited is given up, and users have the control', async () => {
    const client = open2({ consent: 'pending', config: { tests: { checkout: { ...tests.checkout, control: 'old' } } } })
    client.assign('checkout')
    client.consent('denied')
    expect(client.assign('checkout')).toBe('old')
    client.track('view')
    await pass(60_000)
    expect([app.server.urls, app.drops]).toEqual([[], [[1, 'no-consent']]])
  })

  test('that is withdrawn takes back what was not sent yet', async () => {
    const client = open2({})
    client.track('view')
    client.consent('denied')
    await pass(60_000)
    expect([app.server.urls, app.drops]).toEqual([[], [[1, 'no-consent']]])
    client.consent('granted')
    client.track('again')
    await pass(1000)
    expect(app.server.events.map(({ event }) => event)).toEqual(['again'])
  })

  test('that nobody gives does not fill the memory', async () => {
    const client = open2({ consent: 'pending', queue: 3 })
    for (let i = 0; i < 10; i++) client.track(`e${i}`)
    client.consent('granted')
    await pass(1000)
    expect(app.server.events.map(({ event }) => event)).toEqual(['e7', 'e8', 'e9'])
    expect(app.drops.reduce((sum, [count]) => sum + count, 0)).toBe(7)
  })

  test.each<[string, object, Partial<ClientOptions>, number]>([
    ['Do Not Track', { doNotTrack: '1' }, {}, 0],
    ['Global Privacy Control', { globalPrivacyControl: true }, {}, 0],
    ['a signal that is not honoured', { globalPrivacyControl: true }, { honorPrivacySignals: false }, 1],
    ['no signal', { doNotTrack: '0', globalPrivacyControl: false }, {}, 1],
    ['a bot', { userAgent: 'Mozilla/5.0 (compatible; Googlebot/2.1)' }, { leaveOut: knownBots }, 0],
    ['a bot that is not left out', { userAgent: 'Googlebot/2.1' }, {}, 1],
    ['no bot', { userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0' }, { leaveOut: knownBots }, 1],
  ])('%s', async (_, navigator, options, sent) => {
    vi.stubGlobal('navigator', navigator)
    const client = open2(options)
    client.track('view')
    await pass(1000)
    expect(app.server.events).toHaveLength(sent)
  })
})

describe('in a page', () => {
  let session: Map<string, string>
  let cookies: string
  beforeEach(() => {
    session = new Map()
    cookies = 'theme=dark'
    const page = {
      visibilityState: 'visible',
      get cookie() {
        return cookies
      },
      set cookie(text: string) {
        cookies = `theme=dark; ${text.split(';')[0]}`
        written.push(text)
      },
    }
    vi.stubGlobal('document', page)
    vi.stubGlobal('location', { protocol: 'https:', search: '' })
    vi.stubGlobal('addEventListener', () => {})
    vi.stubGlobal('sessionStorage', {
      getItem: (name: string) => session.get(name) ?? null,
      setItem: (name: string, value: string) => session.set(name, value),
    })
  })
  let written: string[] = []
  beforeEach(() => {
    written = []
  })
  const page = (options: Partial<ClientOptions> = {}) =>
    open({ user: undefined as never, config: { tests }, refresh: 0, ...options })

  test('an anonymous user is in a cookie, and the same on the next page', () => {
    const first = page()
    expect(written).toEqual([`assay=1.${first.user}; Path=/; Max-Age=31536000; SameSite=Lax; Secure`])
    expect(first.user).toMatch(/^[\w-]{21}$/)
    expect(page().user).toBe(first.user)
  })

  test('on a page without encryption, of a domain, under another name', () => {
    vi.stubGlobal('location', { protocol: 'http:', search: '' })
    const { user } = page({ cookie: { name: 'ab', domain: 'example.com' } })
    expect(written.at(-1)).toBe(`ab=1.${user}; Path=/; Max-Age=31536000; SameSite=Lax; Domain=example.com`)
  })

  test('a user whom the app knows is in no cookie', () => {
    page({ user: 'ann' })
    expect(written).toEqual([])
  })

  test('an exposure is told once a session, on however many pages', async () => {
    for (let i = 0; i < 3; i++) {
      const client = page()
      client.assign('checkout')
      client.track('view')
      await client.flush()
    }
    expect(app.server.events.map(({ event }) => event)).toEqual(['$exposure', 'view', 'view', 'view'])
    expect(app.server.events.every((event) => event.tests?.checkout === 'one-page')).toBe(true)
  })

  test('a branch that stays is in the cookie', () => {
    const sticky = { 'a|b:c': { ...tests.checkout, sticky: true } }
    const client = page({ config: { tests: sticky } })
    client.assign('a|b:c')
    expect(written.at(-1)).toContain(`assay=1.${client.user}|a%7Cb%3Ac:one-page;`)
    expect(page({ config: { tests: sticky } }).explain('a|b:c')?.reason).toBe('sticky')
  })

  test('nothing is stored before consent, and the same user afterwards', () => {
    const client = page({ consent: 'pending' })
    client.assign('checkout')
    expect([written, session.size]).toEqual([[], 0])
    client.consent('granted')
    expect([page().user, session.size]).toEqual([client.user, 1])
  })

  test('a branch that the address asks for is shown and not counted', async () => {
    vi.stubGlobal('location', { protocol: 'https:', search: '?a=1&assay=checkout:two-page,x:y' })
    const two = { checkout: { branches: [...tests.checkout.branches, { name: 'two-page', weight: 0 }] } }
    const client = page({ config: { tests: two } })
    expect(client.explain('checkout')).toEqual({ branch: 'two-page', reason: 'forced' })
    client.assign('checkout')
    await client.flush()
    expect(app.server.events).toEqual([])
  })
})
