import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { matches } from '../index.js'
import type { ClientOptions } from '../options.js'
import { App } from '../testkit/app.js'
import { FakePage } from '../testkit/fake-page.js'
import { readCookie } from './cookie.js'

const branches = ['master', 'one-page'].map((name) => ({ name, weight: 1 }))
const tests = {
  checkout: { branches, sticky: true },
  staff: { branches: [...branches].reverse(), control: 'master', targeting: { role: 'staff' } },
}

let app: App
let page: FakePage
beforeEach(() => {
  app = new App({ config: { tests }, refresh: 0, targeting: matches })
  page = new FakePage()
})
afterEach(() => vi.unstubAllGlobals())

const open = (options: Partial<ClientOptions> = {}) => app.open(options)
const cookie = () => page.cookies.get('assay')

describe('after reset', () => {
  test('the user is another one, whom the next page knows', async () => {
    const client = open()
    const before = client.user
    client.identify('ann')
    client.reset()
    expect(client.user).not.toBe(before)
    expect(client.user).toMatch(/^[\w-]{21}$/)
    client.identify('bob')
    await client.flush()
    expect(app.server.events.map(({ user, props }) => [user, props?.user])).toEqual([
      [before, 'ann'],
      [client.user, 'bob'],
    ])
    expect(open().user).toBe(client.user)
    await client.close()
  })

  test('nothing of the former one is left: branches, what was told, forced, known', async () => {
    page.open('https://shop.example/?assay=checkout:one-page')
    const client = open({ attributes: { role: 'staff' } })
    expect([client.explain('checkout')?.reason, client.explain('staff')?.reason]).toEqual(['forced', 'split'])
    client.force('checkout', null)
    const branch = client.assign('checkout')
    expect([cookie(), Object.keys(page.session).length]).toEqual([`1.${client.user}|checkout:${branch}`, 1])
    client.force('checkout', 'one-page')
    client.reset()
    expect([cookie(), Object.values(page.session)]).toEqual([`1.${client.user}`, ['{}']])
    expect([client.explain('checkout')?.reason, client.explain('staff')?.reason]).toEqual(['split', 'left-out'])
    client.assign('checkout')
    client.track('view')
    await client.close()
    const told = app.server.events.map(({ event, user, tests }) => [event, user === client.user, Object.keys(tests!)])
    expect(told).toEqual([
      ['$exposure', false, ['checkout']],
      ['$exposure', true, ['checkout']],
      ['view', true, ['checkout']],
    ])
  })

  test('who listens hears of it, and functions taken before speak for the new user', async () => {
    const client = open()
    const { assign, peek, explain, track, report, identify } = client
    const before = client.user
    const heard: string[] = []
    client.onChange(() => heard.push(client.user))
    client.reset()
    expect(heard).toEqual([client.user])
    expect(assign('checkout')).toBe(peek('checkout'))
    expect(explain('checkout')?.reason).toBe('sticky')
    track('view')
    report('request')
    identify('bob')
    await client.close()
    expect(app.server.events).toHaveLength(4)
    expect(app.server.events.filter(({ user }) => user === before)).toEqual([])
  })

  test('each of many users gets a branch of their own', () => {
    const client = open()
    const seen = new Set<string>()
    for (let i = 0; i < 64; i++) {
      client.reset()
      seen.add(client.assign('checkout'))
    }
    expect(seen).toEqual(new Set(['master', 'one-page']))
  })

  test('a user whom the app named is an anonymous one, in the cookie', () => {
    page.document.cookie = 'assay=1.before-the-login'
    const client = open({ user: 'ann' })
    client.reset()
    expect([client.user === 'ann', cookie()]).toEqual([false, `1.${client.user}`])
    expect(client.user).not.toBe('before-the-login')
  })

  test.each(['pending', 'denied'] as const)('nothing is stored where consent is %s', (consent) => {
    const client = open({ consent })
    const before = client.user
    client.reset()
    expect(client.user).not.toBe(before)
    expect([page.written, Object.keys(page.session)]).toEqual([[], []])
  })
})

describe('consent that is denied', () => {
  test('takes the cookie and what was told back, and granted again is the same user', () => {
    const client = open()
    client.assign('checkout')
    client.consent('denied')
    expect([cookie(), Object.keys(page.session)]).toEqual([undefined, []])
    client.consent('granted')
    expect(cookie()).toMatch(`1.${client.user}|checkout:`)
  })

  test('takes back the cookie of a domain, by the same domain', () => {
    const client = open({ cookie: { name: 'ab', domain: 'shop.example' } })
    client.consent('denied')
    expect(page.written.at(-1)).toBe('ab=; Path=/; Max-Age=0; SameSite=Lax; Domain=shop.example')
  })

  test('writes nothing where there is nothing to take back', () => {
    const client = open({ consent: 'denied' })
    client.consent('denied')
    expect(page.written).toEqual([])
  })

  test('leaves alone a cookie that is not this client’s, whose user the app named', () => {
    page.document.cookie = 'assay=1.somebody-else'
    open({ user: 'ann', consent: 'denied' })
    expect(cookie()).toBe('1.somebody-else')
  })
})

test('options that nobody could make sense of cost no user the cookie, and send nothing, whatever is granted', async () => {
  page.document.cookie = 'assay=1.V1StGXR8_Z5jdHi6B-myT'
  const client = open({ batch: null as never })
  client.consent('granted')
  client.track('view')
  client.assign('checkout')
  await client.close()
  expect([cookie(), client.peek('checkout'), app.server.urls]).toEqual(['1.V1StGXR8_Z5jdHi6B-myT', 'master', []])
  expect(app.errors).toHaveLength(1)
})

test('who was named before consent was asked is linked once it is granted, once', async () => {
  const client = open({ consent: 'pending' })
  for (const known of ['ann', 'ann', client.user]) client.identify(known)
  client.consent('granted')
  client.identify('ann')
  await client.close()
  expect(app.server.events.map(({ event, user, props }) => [event, user, props])).toEqual([
    ['$identify', client.user, { user: 'ann' }],
  ])
})

describe('tabs', () => {
  const kept = { checkout: { branches, sticky: true }, search: { branches, sticky: true } }

  test('keep the branches that others of them were given', () => {
    const [one, other] = [open({ config: { tests: kept } }), open({ config: { tests: kept } })]
    one.assign('checkout')
    other.assign('search')
    expect(Object.keys(readCookie(page.document.cookie)!.sticky)).toEqual(['search', 'checkout'])
    expect(other.explain('checkout')?.reason).toBe('sticky')
  })

  test('that were open at a reset do not bring the former user back', () => {
    const [one, other] = [open(), open()]
    one.reset()
    other.assign('checkout')
    other.consent('granted')
    expect(open().user).toBe(one.user)
    expect(other.user).not.toBe(one.user)
  })

  test('where consent was granted in each of them share the first one’s user from the next page on', () => {
    const [one, other] = [open({ consent: 'pending' }), open({ consent: 'pending' })]
    one.consent('granted')
    other.consent('granted')
    expect(open().user).toBe(one.user)
  })
})

test('with a domain the cookie of before there was one goes: it would be read first', () => {
  open({ cookie: { domain: 'shop.example' } })
  expect(page.written.map((text) => text.replace(/.*?;/, ''))).toEqual([
    ' Path=/; Max-Age=0; SameSite=Lax',
    ' Path=/; Max-Age=31536000; SameSite=Lax; Secure; Domain=shop.example',
  ])
})

test('a cookie that the server set is written where something changed; without that it lasts from each visit on', () => {
  page.document.cookie = 'assay=1.V1StGXR8_Z5jdHi6B-myT'
  page.written.length = 0
  const byServer = { cookie: { byServer: true } }
  open(byServer)
  expect(page.written).toEqual([])
  open(byServer).assign('checkout')
  open(byServer)
  expect(page.written).toEqual([expect.stringMatching(/^assay=1.V1StGXR8_Z5jdHi6B-myT\|checkout:[\w-]+; Path/)])
  open()
  expect(page.written).toHaveLength(2)
})

test.each(['null', '7', '[1]', '{"checkout":{"a":1},"staff":7}', '{', ''])(
  'what a session holds that is not ours does no harm: %s',
  async (text) => {
    page.document.cookie = 'assay=1.V1StGXR8_Z5jdHi6B-myT'
    page.session.setItem('assay.shop.V1StGXR8_Z5jdHi6B-myT', text)
    const client = open()
    client.track('view')
    client.assign('checkout')
    await client.close()
    expect(app.server.events.map(({ event, tests }) => [event, Object.keys(tests!)])).toEqual([
      ['view', []],
      ['$exposure', ['checkout']],
    ])
  },
)

test('a user of null is one whom the app does not know', () => {
  expect([open({ user: null as never }).user, app.errors]).toEqual([expect.stringMatching(/^[\w-]{21}$/), []])
})
