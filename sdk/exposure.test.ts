import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type ClientOptions, createBareClient, createClient, type Exposure } from './index.js'
import { FakePage } from './testkit/fake-page.js'
import { FakeServer } from './testkit/fake-server.js'

const branches = [{ name: 'one-page', weight: 1 }]
const tests = { checkout: { branches, version: 3 }, plain: { branches }, over: { branches, ship: 'one-page' } }

let server: FakeServer
let exposures: Exposure[]
let errors: unknown[]
beforeEach(() => {
  server = new FakeServer()
  exposures = []
  errors = []
})
afterEach(() => vi.unstubAllGlobals())

const options = {
  url: 'https://assay.example',
  key: 'wk_1',
  app: 'shop',
  user: 'ann',
  config: { tests },
  onExposure: (exposure: Exposure) => exposures.push(exposure),
  onError: (error: Error) => errors.push(error),
}
const open = (more: Partial<ClientOptions> = {}) =>
  createClient({ ...options, fetch: server.fetch, refresh: 0, ...more })
const checkout = { testId: 'checkout', branch: 'one-page', version: 3 }

test.each([
  ['bare', () => createBareClient({ ...options, fetch: server.fetch })],
  ['whole', () => open()],
])('the %s client tells of each user’s first exposure, as it is reported', async (_, make) => {
  const client = make()
  for (let i = 0; i < 3; i++) for (const id of ['checkout', 'plain', 'over', 'unknown']) client.assign(id)
  client.peek('checkout')
  client.visitor({ user: 'bob' }).assign('checkout')
  client.visitor({ user: 'ann' }).assign('checkout')
  expect(exposures).toEqual([
    { user: 'ann', ...checkout },
    { user: 'ann', testId: 'plain', branch: 'one-page', version: undefined },
    { user: 'bob', ...checkout },
  ])
  await client.flush()
  expect(server.events).toHaveLength(3)
})

test('once the user has agreed, as what is reported; never if not', () => {
  const client = open({ consent: 'pending' })
  client.assign('checkout')
  expect(exposures).toEqual([])
  client.consent('granted')
  expect(exposures).toEqual([{ user: 'ann', ...checkout }])
  const other = open({ consent: 'pending' })
  other.assign('checkout')
  other.consent('denied')
  other.consent('granted')
  expect(exposures).toHaveLength(1)
})

test('what another page of the session told is not told again', () => {
  new FakePage()
  open().assign('checkout')
  open().assign('checkout')
  expect(exposures).toHaveLength(1)
})

test('after reset it is another user’s', () => {
  const client = open()
  client.assign('checkout')
  client.reset()
  client.assign('checkout')
  expect(exposures.map(({ user }) => user)).toEqual(['ann', client.user])
})

test.each(['granted', 'pending'] as const)('what throws there is told, and the branch given: %s', async (consent) => {
  const angry = () => {
    throw new Error('of the app')
  }
  const client = open({ consent, onExposure: angry })
  expect(client.assign('checkout')).toBe('one-page')
  client.consent('granted')
  await client.flush()
  expect([server.events.length, errors]).toEqual([1, [new Error('of the app')]])
})
