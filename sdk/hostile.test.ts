import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type ClientOptions, createBareClient, createClient, matches } from './index.js'
import { FakeServer, stored } from './testkit/fake-server.js'

let server: FakeServer
let errors: unknown[]
beforeEach(() => {
  server = new FakeServer()
  errors = []
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const options = (more: object = {}): ClientOptions => ({
  url: 'https://assay.example',
  key: 'wk_1',
  app: 'shop',
  user: 'ann',
  targeting: matches,
  fetch: server.fetch,
  onError: (error) => errors.push(error),
  ...more,
})

/** Everything an app can do. */
async function useAll(client: ReturnType<typeof createClient>) {
  const branch = client.assign('checkout')
  client.peek('checkout')
  client.explain('checkout')
  client.track('view', 1, { a: 1 })
  client.report('$request', 12, { checkout: 'master' })
  client.identify('ann@example.com')
  client.describe({ country: 'de' })
  client.force('checkout', 'x')
  client.force('checkout', null)
  client.visitor({ user: 'bob' }).assign('checkout')
  client.onChange(() => {})()
  client.consent('granted')
  await client.ready
  await client.flush()
  await vi.advanceTimersByTimeAsync(120_000)
  await client.close()
  return branch
}

const branches = [{ name: 'master', weight: 1 }]
describe('a config that is not one', () => {
  test.each<[string, unknown]>([
    ['null', null],
    ['a text', 'tests'],
    ['without tests', {}],
    ['tests that are null', { tests: null }],
    ['a test that is null', { tests: { checkout: null } }],
    ['a test without branches', { tests: { checkout: {} } }],
    ['no branch', { tests: { checkout: { branches: [] } } }],
    ['branches that are a number', { tests: { checkout: { branches: 7 } } }],
    ['a branch that is null', { tests: { checkout: { branches: [null] } } }],
    ['weights that are texts', { tests: { checkout: { branches: [{ name: 'master', weight: 'x' }] } } }],
    ['ranges that are null', { tests: { checkout: { branches, within: [null] } } }],
    ['targeting that is a number', { tests: { checkout: { branches, targeting: 7 } } }],
    ['targeting of an unknown operator', { tests: { checkout: { branches, targeting: { a: { $x: 1 } } } } }],
  ])('%s: the fallback', async (_, config) => {
    expect(await useAll(createClient(options({ config })))).toBe('master')
    const bare = createBareClient({ ...options(), user: 'ann', config: (config ?? undefined) as never })
    expect(bare.assign('checkout')).toBe('master')
  })

  test.each<[string, number, string]>([
    ['no JSON', 200, '<html>'],
    ['null', 200, 'null'],
    ['an error', 500, '{"tests":{}}'],
    ['nothing', 200, ''],
    ['3 MB of it', 200, JSON.stringify({ tests: {}, more: 'x'.repeat(3_000_000) })],
  ])('fetched: %s', async (_, status, body) => {
    server.config = { status, body }
    expect(await useAll(createClient(options()))).toBe('master')
    expect(errors.length).toBeGreaterThan(0)
  })
})

describe('a platform that lacks something', () => {
  test.each([
    'fetch',
    'crypto',
    'CompressionStream',
    'Blob',
    'Response',
    'URLSearchParams',
    'TextEncoder',
    'AbortController',
  ])('no %s', async (name) => {
    vi.stubGlobal(name, undefined)
    expect(await useAll(createClient(options(name === 'fetch' ? { fetch: undefined } : {})))).toBe('master')
  })

  test.each<[string, unknown]>([
    [
      'throws',
      () => {
        throw new Error('fetch')
      },
    ],
    ['gives nothing', () => undefined],
    ['never answers', () => new Promise(() => {})],
    ['gives something else', async () => ({})],
  ])('a fetch that %s', async (_, fetch) => {
    const client = createClient(options({ fetch }))
    expect(client.assign('checkout')).toBe('master')
    client.track('view')
    await vi.advanceTimersByTimeAsync(60_000)
  })

  test('a page whose storage and cookies throw', async () => {
    const denied = () => {
      throw new DOMException('denied', 'SecurityError')
    }
    const place = { visibilityState: 'visible' }
    vi.stubGlobal('document', Object.defineProperty(place, 'cookie', { get: denied, set: denied }))
    Object.defineProperty(globalThis, 'sessionStorage', { get: denied, configurable: true })
    vi.stubGlobal('addEventListener', () => {})
    vi.stubGlobal('location', { protocol: 'https:', search: '?assay=%E0%A4%A' })
    expect(await useAll(createClient(options({ user: undefined })))).toBe('master')
    expect(errors.length).toBeGreaterThan(0)
    Reflect.deleteProperty(globalThis, 'sessionStorage')
  })
})

describe('an app that', () => {
  test('gives nothing at all', async () => {
    const client = createClient(undefined as never)
    expect(client.assign('checkout')).toBe('master')
    client.track('view')
    await client.close()
  })

  test('has a name that no address can hold', async () => {
    expect(await useAll(createClient(options({ app: '\ud800', key: '\ud800' })))).toBe('master')
  })

  test('tracks what has no JSON', async () => {
    const client = createClient(options())
    const circle: Record<string, unknown> = {}
    circle.self = circle
    client.track('view', 1, circle as never)
    client.track('view', 10n as never)
    client.track(undefined as never)
    client.track('x'.repeat(10_000_000))
    await client.flush()
    expect(errors.length).toBeGreaterThanOrEqual(2)
  })

  test('listens with what throws', async () => {
    const angry = () => {
      throw new Error('angry')
    }
    const client = createClient(options({ onError: angry, onDrop: angry, fetch: angry }))
    client.onChange(angry)
    client.consent('denied')
    expect(await useAll(client)).toBe('master')
  })

  test.each([0, -1, Number.NaN, null])('sends batches of %s events', async (events) => {
    const client = createClient(options({ batch: { events } }))
    for (let i = 0; i < 3; i++) client.track('view')
    await client.flush()
    expect(server.events).toHaveLength(3)
  })

  test.each([{ sticky: undefined }, { exposed: undefined }, { exposed: null, sticky: null, forced: null }])(
    'says of a visitor what it does not know: %j',
    async (unknown) => {
      const kept = { kept: { branches, sticky: true } }
      const client = createClient(options({ config: { tests: kept } }))
      const visitor = client.visitor({ user: 'bob', ...unknown } as never)
      expect(visitor.assign('kept')).toBe('master')
      visitor.track('view')
      await client.flush()
      expect([server.events.length, errors]).toEqual([2, []])
    },
  )

  test.each([null, undefined, '', 7, {}, Symbol('ann'), 'x'.repeat(257)])(
    'identifies a user as nobody: told, and not sent',
    async (known) => {
      const client = createClient(options({ config: { tests: {} } }))
      client.identify(known as string)
      await client.flush()
      expect([server.events, errors]).toEqual([[], [new Error('user: expected 1 to 256 characters')]])
    },
  )

  test.each([{ cookie: null }, { batch: null }, { refresh: Symbol('s') }, { patience: 1n }])(
    'gives options that nobody could make sense of: %s',
    async (nonsense) => {
      const client = createClient(options({ config: { tests: { checkout: { branches } } }, ...nonsense }))
      expect(client.assign('checkout')).toBe('master')
      await client.ready
      await client.close()
      expect(errors.length).toBeLessThanOrEqual(2)
    },
  )

  test('has ten thousand tests', async () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`t${i}`, { branches }]))
    server.config.body = JSON.stringify({ tests: many })
    const client = createClient(options({ queue: 20_000 }))
    await client.ready
    for (const testId in many) client.assign(testId)
    await client.flush()
    expect(server.events).toHaveLength(10_000)
  })

  test('has a clock that jumps', async () => {
    const client = createClient(options())
    vi.setSystemTime(0)
    client.track('before')
    vi.setSystemTime(8.64e15)
    client.track('after')
    await vi.advanceTimersByTimeAsync(5000)
    expect(server.events.map((event) => event.event)).toEqual(['before', 'after'])
  })
})

test('a server that refuses an event says why', async () => {
  server.replies.push(() => stored(0, [{ index: 0, code: 'event-invalid', message: 'Expected a name.' }]))
  const client = createClient(options({ config: { tests: {} } }))
  client.track('')
  await client.flush()
  expect(errors).toEqual([new Error('events: Expected a name.')])
})
