import { OpenFeature as InPage } from '@openfeature/web-sdk'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { matches } from '../../core/condition.js'
import { type Client, createClient } from '../client.js'
import type { ClientOptions } from '../options.js'
import { fakeService } from '../testkit/fake-service.js'
import { checkout, forPro } from '../testkit/flag-tests.js'
import { createWebProvider } from './web.js'

let service: ReturnType<typeof fakeService>
const newClient = (options: Partial<ClientOptions> = {}) =>
  createClient({ ...service.options, targeting: matches, user: 'ann', refresh: 0, ...options })

beforeEach(() => {
  service = fakeService({ checkout, forPro })
})
afterEach(() => InPage.clearProviders())

const flags = InPage.getClient('page')
const register = async (client: Client) => {
  await InPage.setProviderAndWait('page', createWebProvider(client))
  return client
}

test('counts the client’s own user once, and tracks by its branch', async () => {
  const client = await register(newClient({ user: 'bob' }))
  expect([flags.getStringValue('checkout', 'x'), flags.getStringValue('checkout', 'x')]).toEqual([
    'one-page',
    'one-page',
  ])
  flags.track('purchase', { value: 42, currency: 'EUR' })
  await client.flush()
  expect(service.sent.map(({ event, user, tests }) => [event, user, tests])).toEqual([
    ['$exposure', 'bob', { checkout: 'one-page@2' }],
    ['purchase', 'bob', { checkout: 'one-page@2' }],
  ])
  expect(service.sent[1]).toMatchObject({ value: 42, props: { currency: 'EUR' } })
})

test('takes targeting from the context as it changes, and who the user turned out to be, once', async () => {
  const client = await register(newClient({ user: 'anonymous' }))
  const reason = () => flags.getStringDetails('forPro', 'x').reason
  const reasons = [reason()]
  await InPage.setContext('page', { plan: 'pro', targetingKey: 'bob' })
  reasons.push(reason())
  await InPage.setContext('page', { plan: 'free', targetingKey: 'bob' })
  reasons.push(reason())
  await client.flush()

  expect(reasons).toEqual(['DEFAULT', 'SPLIT', 'DEFAULT'])
  expect(service.named('$identify')).toMatchObject([{ user: 'anonymous', props: { user: 'bob' } }])
})

test.each([
  ['a context without one', [{}, { targetingKey: 'cleo' }]],
  ['another one', [{ targetingKey: 'cleo' }]],
])('whoever comes after a targeting key, by %s, is somebody else', async (_title, contexts) => {
  const client = await register(newClient({ user: 'anonymous' }))
  await InPage.setContext('page', { targetingKey: 'bob' })
  for (const context of contexts) await InPage.setContext('page', context)
  await client.flush()
  const [first, second] = service.named('$identify')
  expect([first, second]).toMatchObject([
    { user: 'anonymous', props: { user: 'bob' } },
    { user: client.user, props: { user: 'cleo' } },
  ])
  expect(client.user).not.toBe('anonymous')
})

test('the same person after a reset of the client’s own is said to be that again', async () => {
  const client = await register(newClient({ user: 'anonymous' }))
  await InPage.setContext('page', { targetingKey: 'bob' })
  client.reset()
  const { user } = client
  await InPage.setContext('page', { targetingKey: 'bob', plan: 'pro' })
  await client.flush()
  expect(client.user).toBe(user)
  expect(service.named('$identify')).toMatchObject([
    { user: 'anonymous', props: { user: 'bob' } },
    { user, props: { user: 'bob' } },
  ])
})

test('a reset of the client’s own is the logout: nobody is lost to another one', async () => {
  const client = await register(newClient({ user: 'anonymous' }))
  await InPage.setContext('page', { targetingKey: 'bob' })
  client.reset()
  const { user } = client
  await InPage.setContext('page', {})
  expect(client.user).toBe(user)
})

test('a branch that is no object or number is told of', async () => {
  await register(newClient({ user: 'bob' }))
  const messages = [flags.getObjectDetails('checkout', {}), flags.getNumberDetails('checkout', 1)]
  expect(messages.map(({ errorMessage }) => errorMessage)).toEqual([
    'checkout: expected an object; one-page is "one-page"',
    'checkout: expected a number; one-page is "one-page"',
  ])
})

test('what the client was told of the user stays until a context says more', async () => {
  await InPage.setContext('page', {})
  await register(newClient({ attributes: { plan: 'pro' } }))
  expect(flags.getStringDetails('forPro', 'x').reason).toBe('SPLIT')
})

test('a context that is there before the provider counts from the start', async () => {
  await InPage.setContext('page', { plan: 'pro' })
  await register(newClient())
  expect(flags.getStringDetails('forPro', 'x').reason).toBe('SPLIT')
})
