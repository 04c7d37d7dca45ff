import { expect, test } from 'vitest'
import { type ClientConfig, type ClientOptions, createClient, matches } from '../index.js'
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
function pageOf(json: string, user = ID) {
  const server = new FakeServer()
  const own = { url: '', key: '', app: 'shop', refresh: 0, user, targeting: matches, fetch: server.fetch }
  return { server, client: createClient({ ...own, ...JSON.parse(json) }) }
}
const nothing = () => {}

test('the page starts with the same branches, and nothing in it ends the script', () => {
  const attributes = { plan: 'pro', name: '</script><script>alert(1)</script><!--\u2028\u2029&]]>' }
  const { json, visitor } = rendered(nothing, { attributes: () => attributes })
  expect(json).not.toMatch(/[<>&\u2028\u2029]/)
  expect(JSON.parse(json)).toEqual({ config, attributes })
  expect(pageOf(json).client.peek('pro')).toBe(visitor.assign('pro'))
})

test.each([
  ['does not tell again of what the server told', ID, []],
  ['tells, if it is another user’s', 'z'.repeat(21), ['$exposure', '$exposure']],
])('the page %s', async (_, user, expected) => {
  const { json, visitor } = rendered((visitor) => {
    for (const testId of ['checkout', 'sticky']) visitor.assign(testId)
  })
  const { client, server } = pageOf(json, user)
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
  expect(JSON.parse(json)).not.toHaveProperty('exposed')
})

test('the page of a known user and of one who is left out start so too', () => {
  expect(JSON.parse(rendered(nothing, { user: () => 'ann' }).json)).toEqual({ config, attributes: {}, user: 'ann' })
  for (const given of [{ headers: { dnt: '1' } }, { consent: () => 'pending' as const }]) {
    const { json } = rendered((visitor) => visitor.assign('checkout'), given)
    expect(JSON.parse(json)).toEqual({ config, attributes: {}, consent: 'denied' })
    expect(pageOf(json).client.assign('checkout')).toBe('master')
  }
})

test('before the tests are known the page is told none, and fetches them', () => {
  const client = { config: undefined as never, fetch: () => new Promise<never>(() => {}) }
  expect(JSON.parse(rendered(nothing, { client }).json)).toEqual({ attributes: {} })
})

test('attributes that are no JSON are told of', () => {
  const { json, errors } = rendered(nothing, { attributes: () => ({ big: 1n as unknown as number }) })
  expect(json).toBe('{}')
  expect(errors).toEqual([expect.stringMatching(/BigInt/)])
})
