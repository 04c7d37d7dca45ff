import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Keep, Line } from '../delivery/keep.js'
import type { ClientOptions, Consent } from '../options.js'
import { App } from '../testkit/app.js'
import { FakePage } from '../testkit/fake-page.js'

const branches = [{ name: 'one-page', weight: 1 }]
const tests = { checkout: { branches, sticky: true }, search: { branches } }
const ANN = 'id-of-ann-who-was-here'

let app: App
let page: FakePage
beforeEach(() => {
  app = new App({ config: { tests }, refresh: 0 })
  page = new FakePage()
})
afterEach(() => vi.unstubAllGlobals())

const open = (options: Partial<ClientOptions> = {}) => app.open(options)
const cookie = () => page.cookies.get('assay')
const sessions = () => Object.keys(page.session)
const sent = () => app.server.events.map(({ event }) => event)

describe('a user who leaves while consent is pending', () => {
  const TOLD = '{"checkout":"one-page"}'
  beforeEach(() => {
    page.document.cookie = `assay=1.${ANN}|checkout:one-page`
    page.session.setItem(`assay.shop.${ANN}`, TOLD)
    page.written.length = 0
  })

  test.each([false, true])('has left once it is granted, on a page that is prepared: %s', async (isPrepared) => {
    page.document.prerendering = isPrepared
    const client = open({ consent: isPrepared ? 'granted' : 'pending' })
    expect(client.user).toBe(ANN)
    client.reset()
    expect(page.written).toHaveLength(isPrepared ? 0 : 1)
    page.document.prerendering = false
    if (isPrepared) page.happen('prerenderingchange')
    else client.consent('granted')
    expect([cookie(), sessions()]).toEqual([`1.${client.user}`, [`assay.shop.${client.user}`]])
    expect(open().user).toBe(client.user)
    expect(client.user).not.toBe(ANN)
  })

  test('and then refuses is forgotten', () => {
    const client = open({ consent: 'pending' })
    client.reset()
    client.consent('denied')
    expect([cookie(), sessions()]).toEqual([undefined, []])
  })

  test('does not leave again with each later decision', () => {
    const client = open({ consent: 'pending' })
    client.reset()
    client.consent('granted')
    page.document.cookie = `assay=1.${ANN}`
    client.consent('granted')
    expect(cookie()).toBe(`1.${ANN}`)
  })
})

test('of what waits for consent, what is said once goes last', async () => {
  const client = open({ consent: 'pending', queue: 5 })
  client.assign('checkout')
  client.identify('ann')
  for (let i = 0; i < 9; i++) client.track(`view-${i}`)
  client.consent('granted')
  await client.close()
  expect(sent()).toEqual(['$exposure', '$identify', 'view-6', 'view-7', 'view-8'])
  expect(app.drops.reduce((sum, [count]) => sum + count, 0)).toBe(6)
})

test.each([0, -1, null])('a queue of %s holds nothing', (queue) => {
  const client = open({ consent: 'pending', queue: queue as never })
  client.assign('checkout')
  client.track('view')
  expect(app.drops).toEqual([
    [1, 'no-consent'],
    [1, 'no-consent'],
  ])
})

test('consent that is open again has what waits held, and off the keep', async () => {
  const kept = new Map<string, Line>()
  const keep: Keep = {
    add: (line) => void kept.set(line.id, line),
    remove: (lines) => {
      for (const { id } of lines) kept.delete(id)
    },
    adopt: async () => {},
  }
  const client = open({ keep })
  client.track('before')
  expect(kept.size).toBe(1)
  client.consent('pending')
  client.track('after')
  await client.flush()
  expect([kept.size, sent(), app.drops]).toEqual([0, [], []])
  client.consent('granted')
  await client.flush()
  expect([sent(), kept.size]).toEqual([['before', 'after'], 0])
  client.track('last')
  client.consent('denied')
  expect([kept.size, app.drops]).toEqual([0, [[1, 'no-consent']]])
})

test('what waited for consent once is told of once, however often that is asked', async () => {
  const exposures: string[] = []
  const client = open({ consent: 'pending', onExposure: ({ testId }) => exposures.push(testId) })
  client.assign('checkout')
  client.track('view')
  for (const consent of ['granted', 'pending', 'granted'] as const) client.consent(consent)
  client.assign('search')
  await client.close()
  expect([exposures, sent()]).toEqual([
    ['checkout', 'search'],
    ['$exposure', 'view', '$exposure'],
  ])
})

test('whoever is told of an exposure may have consent denied there', async () => {
  const client = open({ consent: 'pending', onExposure: () => client.consent('denied') })
  client.assign('checkout')
  client.track('view')
  client.consent('granted')
  await client.close()
  expect([sent(), app.drops.reduce((sum, [count]) => sum + count, 0), app.errors]).toEqual([[], 2, []])
})

test('a client that is closed before consent says what it gave up, then and later', async () => {
  const client = open({ consent: 'pending' })
  client.track('view')
  client.track('view')
  await client.close()
  client.track('view')
  client.consent('granted')
  client.track('view')
  await client.flush()
  expect([app.server.urls, page.written, app.drops]).toEqual([
    [],
    [],
    [
      [2, 'closed'],
      [1, 'closed'],
      [1, 'closed'],
    ],
  ])
})

test('a closed client is still no reason to keep what was denied', async () => {
  const client = open()
  client.assign('checkout')
  await client.close()
  client.consent('denied')
  expect([cookie(), sessions()]).toEqual([undefined, []])
})

describe('consent that is denied', () => {
  test('takes the cookie of a domain, and that of before there was one', () => {
    const client = open({ cookie: { domain: 'shop.example' } })
    page.written.length = 0
    client.consent('denied')
    expect(page.written).toEqual([
      'assay=; Path=/; Max-Age=0; SameSite=Lax',
      'assay=; Path=/; Max-Age=0; SameSite=Lax; Domain=shop.example',
    ])
  })

  test('is not undone by another client of the page or by another tab, until that is granted', () => {
    const [one, other] = [open({ app: 'docs' }), open()]
    one.consent('denied')
    other.assign('checkout')
    expect(cookie()).toBeUndefined()
    other.consent('granted')
    expect(cookie()).toBe(`1.${other.user}|checkout:one-page`)
    one.consent('granted')
    one.consent('denied')
    other.reset()
    expect(cookie()).toBe(`1.${other.user}`)
  })

  test('has all that was told in the session forgotten, of this app', () => {
    open({ user: 'ann' }).assign('checkout')
    open({ app: 'docs' }).assign('checkout')
    const client = open()
    client.assign('checkout')
    client.consent('denied')
    expect(sessions()).toEqual([expect.stringMatching(/^assay\.docs\./)])
  })
})

test.each(['true', '', 'toString', null, undefined, 7])(
  'consent of %j is one that is pending, and told',
  async (consent) => {
    page.document.cookie = `assay=1.${ANN}`
    page.written.length = 0
    const client = open({ consent: 'pending' })
    client.consent(consent as Consent)
    client.track('view')
    await client.flush()
    expect([page.written, app.server.urls, app.errors]).toEqual([[], [], [`consent: ${String(consent)}`]])
    client.consent('granted')
    await client.flush()
    client.consent(consent as Consent)
    client.track('view')
    await client.flush()
    expect([cookie(), sent()]).toEqual([`1.${ANN}`, ['view']])
  },
)

test('options that cannot be made sense of throw nothing when consent is granted', () => {
  const client = open({ batch: null as never, consent: 'pending' })
  client.consent('granted')
  client.track('view')
  expect(app.errors).toHaveLength(1)
})
