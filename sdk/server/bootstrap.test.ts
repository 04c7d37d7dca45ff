import { expect, onTestFinished, test, vi } from 'vitest'
import { type ClientConfig, type ClientOptions, createClient, matches, remember } from '../index.js'
import { FakePage } from '../testkit/fake-page.js'
import { FakeServer } from '../testkit/fake-server.js'
import { type RequestVisitor, type ServerOptions, visitFetch } from './server.js'

const ID = 'V1StGXR8_Z5jdHi6B-myT'
const branches = ['master', 'one-page'].map((name) => ({ name, weight: 1 }))
const config: ClientConfig = {
  tests: {
    checkout: { branches, version: 3 },
    sticky: { branches, sticky: true },
    pro: { branches: [branches[0]!, { name: 'for-pros', weight: 1e9 }], targeting: { plan: 'pro' } },
  },
}

interface Given extends ServerOptions<Request> {
  client?: Partial<ClientOptions>
  headers?: Record<string, string>
}

/** What a page is told of a request's user, after something was done with it. */
function rendered(work: (visitor: RequestVisitor) => void, { client: own, headers, ...options }: Given = {}) {
  const errors: string[] = []
  const client = createClient({
    ...{ url: 'http://assay.test', key: 'w', app: 'shop', config, refresh: 0, targeting: matches },
    ...{ fetch: new FakeServer().fetch, onError: (error) => errors.push(`${error}`), ...own },
  })
  const request = new Request('http://shop.test/', { headers: { cookie: `assay=1.${ID}`, ...headers } })
  const { visitor } = visitFetch(client, request, options)
  work(visitor)
  return { visitor, errors, json: visitor.bootstrap() }
}

/** The client of a page that was told so. */
function pageOf(json: string, given: Partial<ClientOptions> = {}) {
  const server = new FakeServer()
  const own = { url: '', key: '', app: 'shop', refresh: 0, user: ID, targeting: matches, fetch: server.fetch, ...given }
  return { server, client: createClient({ ...own, ...JSON.parse(json) }) }
}
const nothing = () => {}

test('the page starts with the same branches, and nothing in it ends the script', () => {
  const attributes = { plan: 'pro', name: '</script><script>alert(1)</script><!--\u2028\u2029&]]>' }
  const { json, visitor } = rendered(nothing, { attributes: () => attributes })
  expect(json).not.toMatch(/[<>&\u2028\u2029]/)
  expect(JSON.parse(json)).toEqual({ config, attributes, exposed: { user: ID, tests: {} } })
  expect(pageOf(json).client.peek('pro')).toBe(visitor.assign('pro'))
})

test.each([
  ['does not tell again of what the server told', ID, []],
  ['tells, if it is another user’s', 'z'.repeat(21), ['$exposure', '$exposure']],
])('the page %s', async (_, user, expected) => {
  const { json, visitor } = rendered((visitor) => {
    for (const testId of ['checkout', 'sticky']) visitor.assign(testId)
  })
  const { client, server } = pageOf(json, { user })
  const shown = ['checkout', 'sticky'].map((testId) => client.assign(testId))
  await client.flush()
  expect(server.events.map(({ event }) => event)).toEqual(expected)
  client.track('view')
  await client.flush()
  expect(server.events.at(-1)!.tests).toEqual({ checkout: `${shown[0]}@3`, sticky: shown[1] })
  if (user === ID) expect(shown).toEqual(['checkout', 'sticky'].map((testId) => visitor.peek(testId)))
})

test('what was only looked at, or asked for, the page tells of itself', () => {
  const { json } = rendered((visitor) => {
    visitor.peek('checkout')
    visitor.assign('unknown')
  })
  expect(JSON.parse(json).exposed.tests).toEqual({})
})

test('the page of a known user starts so too', () => {
  const { json } = rendered(nothing, { user: () => 'ann' })
  expect(JSON.parse(json)).toEqual({ config, attributes: {}, user: 'ann', exposed: { user: 'ann', tests: {} } })
})

const fails = () => {
  throw Error('the app’s')
}
test.each<[string, Given, object]>([
  ['asks for it', { headers: { dnt: '1' } }, { consent: 'denied' }],
  ['refused', { consent: () => 'denied' }, { consent: 'denied' }],
  ['has not decided', { consent: () => 'pending' }, { consent: 'pending', controlWhilePending: true }],
  ['decided who knows what', { consent: fails }, { consent: 'pending', controlWhilePending: true }],
  ['is one of a client that may not', { client: { consent: 'denied' } }, { consent: 'denied' }],
  [
    'is one of a client that may not yet',
    { client: { consent: 'pending' }, consent: () => 'granted' },
    { consent: 'pending', controlWhilePending: true },
  ],
])('the page of a user who is left out, as who %s, starts with the control', (_, given, expected) => {
  const { json } = rendered((visitor) => visitor.assign('checkout'), given)
  const { exposed, ...told } = JSON.parse(json)
  expect([told, exposed.tests]).toEqual([{ config, attributes: {}, ...expected }, {}])
  expect(pageOf(json).client.assign('checkout')).toBe('master')
})

/** The page of a user who agreed before, and whose consent the server does not know. */
function returning() {
  const page = new FakePage()
  onTestFinished(() => void vi.unstubAllGlobals())
  page.document.cookie = `assay=1.${ID}|sticky:one-page`
  page.session.setItem(`assay.shop.${ID}`, '{"sticky":"one-page"}')
  const memory = remember()
  memory.write('shop', config)
  const { json } = rendered((visitor) => visitor.assign('checkout'), { consent: () => 'pending' })
  const { server, client } = pageOf(json, { user: undefined as never, memory })
  const stored = () => [page.document.cookie, { ...page.session }, Object.keys(page.local)]
  return { server, client, stored }
}

test('until the user decides the page goes on as it was rendered, erases nothing, and gives nothing up', async () => {
  const { server, client, stored } = returning()
  const before = stored()
  const shown = [client.assign('checkout'), client.assign('sticky')]
  client.track('view')
  await client.flush()
  expect([shown, stored(), server.events]).toEqual([['master', 'master'], before, []])

  client.consent('granted')
  expect([client.user, client.assign('sticky')]).toEqual([ID, 'one-page'])
  const branch = client.assign('checkout')
  await client.flush()
  expect(server.events.map(({ event, user }) => [event, user])).toEqual([
    ['view', ID],
    ['$exposure', ID],
  ])
  expect(server.events[1]!.tests).toEqual({ checkout: `${branch}@3` })
})

test('once the user refuses all of it goes', async () => {
  const { server, client, stored } = returning()
  client.track('view')
  client.consent('denied')
  await client.flush()
  expect([client.assign('sticky'), stored(), server.events]).toEqual(['master', ['', {}, []], []])
})

test('before the tests are known the page is told none, and fetches them', () => {
  const client = { config: undefined as never, fetch: () => new Promise<never>(() => {}) }
  const { json } = rendered(nothing, { client })
  expect(JSON.parse(json)).toEqual({ attributes: {}, exposed: { user: ID, tests: {} } })
})

test('attributes that are no JSON are told of', () => {
  const { json, errors } = rendered(nothing, { attributes: () => ({ big: 1n as unknown as number }) })
  expect(json).toBe('{}')
  expect(errors).toEqual([expect.stringMatching(/BigInt/)])
})
