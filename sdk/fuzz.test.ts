import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type ClientOptions, createBareClient, createClient, matches, remember } from './index.js'
import { FakePage } from './testkit/fake-page.js'
import { FakeServer } from './testkit/fake-server.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const angry = () => {
  throw new Error('angry')
}
/** Throws at all that is done with it. */
const trap = new Proxy(angry, {
  get: angry,
  has: angry,
  ownKeys: angry,
  getOwnPropertyDescriptor: angry,
  getPrototypeOf: angry,
})
/** Stands for the trap while stories are made up. */
const TRAP = Symbol('trap')
const set = (value: unknown) => (value === TRAP ? trap : value)
const name = fc.oneof(
  fc.constantFrom('checkout', 'constructor', '__proto__', 'toString', '', '\ud800', 'x'.repeat(300), 'a|b:c'),
  fc.string(),
)
const anything = fc.oneof(
  fc.anything({ withBigInt: true, withNullPrototype: true, withDate: true, withMap: true, withSparseArray: true }),
  fc.constantFrom(TRAP, angry, Symbol('s'), Number.NaN, Infinity, -1, Object.create(null), undefined, null),
  name,
)
/** Now and then something else. */
const or = <T>(usual: fc.Arbitrary<T>) => fc.oneof({ weight: 4, arbitrary: usual as fc.Arbitrary<unknown> }, anything)
/** What apps that are not typed may say for an option. */
const odd = fc.constantFrom(undefined, null, Number.NaN, Infinity, -1, 0, '', 'x', true, {}, [])
const orOdd = <T>(usual: fc.Arbitrary<T>) => fc.oneof({ weight: 4, arbitrary: usual as fc.Arbitrary<unknown> }, odd)
const branch = or(fc.record({ name: or(name), weight: or(fc.double()) }, { requiredKeys: [] }))
const range = or(fc.record({ name: or(name), from: or(fc.double()), to: or(fc.double()) }, { requiredKeys: [] }))
const condition = or(
  fc.dictionary(
    fc.constantFrom('a', '$and', '$or', '$nor', '__proto__', 'country'),
    or(fc.dictionary(fc.constantFrom('$eq', '$in', '$gt', '$startsWith', '$versionGte', '$x', '$exists'), anything)),
  ),
)
const definition = or(
  fc.record(
    {
      branches: or(fc.array(branch, { maxLength: 4 })),
      control: or(name),
      version: or(fc.nat()),
      within: or(fc.array(range, { maxLength: 3 })),
      targeting: condition,
      sticky: or(fc.boolean()),
      ship: or(name),
    },
    { requiredKeys: [] },
  ),
)
const config = or(fc.record({ tests: or(fc.dictionary(name, definition, { maxKeys: 4 })) }))
const options = fc.record(
  {
    user: orOdd(name),
    attributes: orOdd(fc.dictionary(name, anything)),
    fallback: orOdd(name),
    targeting: fc.constantFrom(matches, undefined, angry),
    consent: orOdd(fc.constantFrom('granted', 'pending', 'denied')),
    config,
    refresh: orOdd(fc.double()),
    patience: orOdd(fc.double()),
    updates: fc.constantFrom(undefined, angry, () => angry),
    queue: orOdd(fc.nat()),
    batch: orOdd(fc.record({ events: orOdd(fc.nat()), wait: orOdd(fc.nat()) })),
    honorPrivacySignals: orOdd(fc.boolean()),
    leaveOut: orOdd(fc.constant(/bot/g)),
    cookie: orOdd(
      fc.record({ name: orOdd(name), domain: orOdd(name), byServer: orOdd(fc.boolean()) }, { requiredKeys: [] }),
    ),
    compress: orOdd(fc.constantFrom(undefined, async () => null)),
    onError: fc.constantFrom(undefined, angry),
    onDrop: orOdd(fc.constant(angry)),
    onExposure: orOdd(fc.constant(angry)),
  },
  { requiredKeys: [] },
)

const calls = [
  ...['assign', 'peek', 'explain', 'track', 'report', 'identify', 'visitor', 'describe', 'force', 'consent'],
  ...['onChange', 'reset', 'flush'],
] as const
const call = fc.tuple(fc.constantFrom(...calls), fc.array(anything, { maxLength: 4 }))
const page = fc.record({ cookie: fc.string(), search: fc.string(), session: fc.json(), memory: fc.json() })

const server = new FakeServer()
const usual = (memory: ClientOptions['memory']) => ({
  url: 'https://assay.example',
  key: 'wk_1',
  app: 'shop',
  fetch: server.fetch,
  memory,
})

type Call = [method: string, args: unknown[]]

async function useAll(client: object, done: Call[]) {
  const app = client as Record<string, (...args: unknown[]) => unknown>
  for (const [method, args] of done) {
    const made = app[method]?.(...args)
    if (method === 'flush') await made
    if (method !== 'visitor') continue
    const visitor = made as typeof app
    for (const [inner, innerArgs] of done) if (inner in visitor) visitor[inner]!(...innerArgs)
  }
  await vi.advanceTimersByTimeAsync(5000)
  await app.close!()
}

test('whatever an app says, a page holds and a server answers: nothing is ever thrown', async () => {
  const stories = fc.tuple(options, fc.array(call, { maxLength: 12 }), page, config)
  const rejected = vi.fn()
  process.on('unhandledRejection', rejected)
  await fc.assert(
    fc.asyncProperty(stories, async ([options, story, { cookie, search, session, memory }, answer]) => {
      const given = Object.fromEntries(Object.entries(options).map(([name, value]) => [name, set(value)]))
      const done = story.map(([method, args]): Call => [method, method === 'visitor' ? args : args.map(set)])
      const tab = new FakePage()
      tab.cookies.set('assay', `1.${cookie}`)
      tab.session.setItem('assay.shop.V1StGXR8_Z5jdHi6B-myT', session)
      tab.local.setItem('assay.tests.shop', memory)
      Object.assign(globalThis.location, { search: `?assay=${search}` })
      server.config.body = attempt(() => JSON.stringify(answer)) ?? ''
      const client = createClient({ ...usual(remember()), ...given } as never)
      const ready = client.ready
      await useAll(client, done)
      await ready
      vi.unstubAllGlobals()
      const { user, targeting, onExposure, onError } = options
      const bare = { user, targeting, onExposure, onError, config: answer ?? undefined }
      await useAll(createBareClient({ ...usual(undefined), ...bare } as never), done)
    }),
    { seed: 5, numRuns: 500, endOnFailure: true },
  )
  process.off('unhandledRejection', rejected)
  expect(rejected).not.toHaveBeenCalled()
}, 120_000)

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
