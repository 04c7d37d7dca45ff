import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  type BareOptions,
  type Condition,
  coverage,
  createBareClient,
  holdout,
  matches,
  type Subject,
} from './index.js'
import { FakeServer } from './testkit/fake-server.js'

const vectors = JSON.parse(readFileSync(new URL('../test/golden/assignment.json', import.meta.url), 'utf8'))
const branches = [
  { name: 'master', weight: 1 },
  { name: 'one-page', weight: 1 },
]
const tests = {
  checkout: { branches, version: 3 },
  search: {
    branches: [
      { name: 'old', weight: 0 },
      { name: 'new', weight: 1 },
    ],
  },
  kept: { branches, sticky: true },
  nobody: { branches, within: [holdout('all', 1)] },
  germans: { branches, control: 'one-page', targeting: { country: 'de' } },
  shipped: { branches, ship: 'one-page' },
}

let server: FakeServer
let errors: string[]
beforeEach(() => {
  server = new FakeServer()
  errors = []
})
afterEach(() => vi.restoreAllMocks())

function open(options: Partial<BareOptions> = {}) {
  return createBareClient({
    url: 'https://assay.example',
    key: 'wk_1',
    app: 'shop',
    user: 'ann',
    config: { tests },
    fetch: server.fetch,
    onError: (error) => errors.push(error.message),
    ...options,
  })
}

/** What came, in few words. */
async function told(client: { flush(): Promise<void> }) {
  await client.flush()
  return server.events.map(({ user, event, value, tests, props }) => ({ user, event, value, tests, props }))
}

describe('assignment', () => {
  test('is that of core, on every vector', () => {
    for (const { user, testId, branches, branch } of vectors.assign) {
      // An id of no characters is nobody's.
      if (user === '') continue
      const client = open({ user, config: { tests: { [testId]: { branches } } } })
      expect(client.assign(testId)).toBe(branch)
      expect(client.peek(testId)).toBe(branch)
    }
  })

  test.each([
    ['a test that nobody knows', 'unknown', 'master'],
    ['a test that everybody is held out of', 'nobody', 'master'],
    ['a test that is over', 'shipped', 'one-page'],
    ['a test of others', 'germans', 'one-page'],
    ['a name that every object has', 'constructor', 'master'],
    ['the name of the prototype', '__proto__', 'master'],
  ])('%s is not counted', async (_, testId, branch) => {
    const client = open({ targeting: matches })
    expect(client.assign(testId)).toBe(branch)
    expect(await told(client)).toEqual([])
  })

  test('a fallback of one’s own', () => {
    expect(open({ fallback: 'control' }).assign('unknown')).toBe('control')
  })

  test('targeting goes by what is known of the user', () => {
    const client = open({ targeting: matches, attributes: { country: 'at' } })
    expect(client.explain('germans')).toEqual({ branch: 'one-page', reason: 'left-out' })
    expect(client.visitor({ user: 'ann', attributes: { country: 'de' } }).explain('germans')?.reason).toBe('split')
  })

  test('targeting without `matches` leaves everybody out, and says so', () => {
    const client = open({ attributes: { country: 'de' } })
    expect(client.explain('germans')?.reason).toBe('left-out')
    expect(errors).toHaveLength(1)
  })

  test('a targeting that cannot be told leaves everybody out, whatever is around it', () => {
    const odd = { branches, targeting: { $nor: [{ a: { $near: 1 } }] } as unknown as Condition }
    const client = open({ targeting: matches, config: { tests: { odd } } })
    expect(client.explain('odd')?.reason).toBe('left-out')
    expect(errors).toEqual(['targeting: expected an operator; $near came'])
  })

  test('a forced branch is shown and not counted', async () => {
    const client = open()
    const other = client.peek('checkout') === 'master' ? 'one-page' : 'master'
    expect(client.visitor({ user: 'ann', forced: { checkout: other } }).assign('checkout')).toBe(other)
    expect(await told(client)).toEqual([])
  })

  test('a sticky test keeps the first branch, and tells where to keep it', () => {
    const kept: Subject = { user: 'ann', sticky: {}, save: vi.fn() }
    const branch = open().visitor(kept).assign('kept')
    expect(kept.sticky).toEqual({ kept: branch })
    expect(kept.save).toHaveBeenCalledTimes(1)
    const moved = {
      kept: { sticky: true, branches: branches.map((b) => ({ ...b, weight: b.name === branch ? 0 : 1 })) },
    }
    expect(
      open({ config: { tests: moved } })
        .visitor(kept)
        .explain('kept'),
    ).toEqual({ branch, reason: 'sticky' })
    expect(open({ config: { tests: moved } }).assign('kept')).not.toBe(branch)
  })
})

describe('exposure', () => {
  test('is told once a user, test and session, with branch and version', async () => {
    const client = open()
    const branch = client.assign('checkout')
    for (let i = 0; i < 10; i++) client.assign('checkout')
    client.visitor({ user: 'ann' }).assign('checkout')
    expect(await told(client)).toEqual([{ user: 'ann', event: '$exposure', tests: { checkout: `${branch}@3` } }])
  })

  test('is not told by a look', async () => {
    const client = open()
    expect(client.peek('checkout')).toBe(client.explain('checkout')?.branch)
    expect(await told(client)).toEqual([])
  })

  test('that another page of the session told is not told again, and still goes with what is tracked', async () => {
    const exposed = { checkout: 'master@3' }
    const client = open()
    const ann = client.visitor({ user: 'ann', exposed })
    ann.track('buy')
    expect((await told(client))[0]?.tests).toEqual(exposed)
  })

  test('of ten thousand users is remembered, of more forgotten', async () => {
    const client = open({ queue: 100_000, batch: { events: 1000 } })
    for (let i = 0; i < 10_001; i++) client.visitor({ user: `u${i}` }).assign('search')
    client.visitor({ user: 'u10000' }).assign('search')
    expect(await told(client)).toHaveLength(10_001)
  })
})

describe('what users do', () => {
  test('goes with the tests that they were counted in', async () => {
    const client = open()
    client.track('view')
    const branch = client.assign('search')
    client.peek('checkout')
    client.track('buy', 9.5, { currency: 'eur' })
    expect((await told(client)).filter(({ event }) => event !== '$exposure')).toEqual([
      { user: 'ann', event: 'view', tests: {} },
      { user: 'ann', event: 'buy', value: 9.5, tests: { search: branch }, props: { currency: 'eur' } },
    ])
  })

  test('goes with the last 32 tests, which is what the server takes', async () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`t${i}`, { branches }]))
    const client = open({ config: { tests: many } })
    for (const testId in many) client.assign(testId)
    client.track('view')
    const view = (await told(client)).at(-1)!
    expect(Object.keys(view.tests!)).toEqual(Object.keys(many).slice(8))
  })

  test('has an id of its own, a time, and the app', async () => {
    vi.spyOn(Date, 'now').mockReturnValue(1_800_000_000_000)
    const client = open()
    for (let i = 0; i < 50; i++) client.track('view')
    await client.flush()
    expect(new Set(server.events.map((event) => event.id)).size).toBe(50)
    expect(server.events[0]).toMatchObject({
      id: expect.stringMatching(/^[\w-]{21}$/),
      app: 'shop',
      time: 1_800_000_000_000,
    })
  })

  test('of users who are out is not told', async () => {
    const client = open()
    const out = client.visitor({ user: 'bob', isOut: () => true })
    out.track('view')
    out.identify('bob@example.com')
    expect(out.assign('search')).toBe('old')
    expect(await told(client)).toEqual([])
  })

  test('with whom they turned out to be, once', async () => {
    const client = open()
    const before = client.assign('checkout')
    for (const known of ['ann@example.com', 'ann@example.com', 'ann']) client.identify(known)
    expect(client.assign('checkout')).toBe(before)
    expect((await told(client)).slice(1)).toEqual([
      { user: 'ann', event: '$identify', tests: {}, props: { user: 'ann@example.com' } },
    ])
  })
})

describe('users whom nobody can count', () => {
  test.each<[string, unknown]>([
    ['no name', ''],
    ['none at all', undefined],
    ['null', null],
    ['a number', 7],
    ['10 MB', 'x'.repeat(10_000_000)],
  ])('%s: the control, no event, an error', async (_, user) => {
    const client = open()
    const nobody = client.visitor({ user: user as string })
    expect(nobody.assign('germans')).toBe('one-page')
    nobody.track('view')
    expect(await told(client)).toEqual([])
    expect(errors).toContain('user: expected 1 to 256 characters')
  })
})

test('coverage leaves users to the control', () => {
  const client = open({ config: { tests: { checkout: { branches, within: [coverage('checkout', 0.5)] } } } })
  const reasons = Array.from({ length: 1000 }, (_, i) => client.visitor({ user: `u${i}` }).explain('checkout')!)
  const out = reasons.filter(({ reason }) => reason === 'left-out')
  expect(out.every(({ branch }) => branch === 'master')).toBe(true)
  expect(Math.abs(out.length - 500)).toBeLessThan(80)
})

test('who is out has said nothing yet: the same is told once they are in', async () => {
  const client = open()
  client.visitor({ user: 'bob', isOut: () => true }).identify('bob@shop.example')
  for (let i = 0; i < 2; i++) client.visitor({ user: 'bob' }).identify('bob@shop.example')
  await client.close()
  expect(server.events.map(({ event, user }) => [event, user])).toEqual([['$identify', 'bob']])
})

test('what is said of users whose ids begin alike is told of each', async () => {
  const client = open()
  client.visitor({ user: 'bo' }).identify('bbob')
  client.visitor({ user: 'bob' }).identify('bob2')
  client.visitor({ user: 'bobb' }).identify('ob2')
  await client.close()
  expect(server.events).toHaveLength(3)
})
