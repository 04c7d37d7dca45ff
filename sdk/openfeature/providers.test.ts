import { OpenFeature as OnServer } from '@openfeature/server-sdk'
import { OpenFeature as InPage } from '@openfeature/web-sdk'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { matches } from '../../core/condition.js'
import { type Client, createClient } from '../client.js'
import type { ClientOptions } from '../options.js'
import { fakeService } from '../testkit/fake-service.js'
import { checkout, forPro } from '../testkit/flag-tests.js'
import { createServerProvider } from './server.js'
import { createWebProvider } from './web.js'

let service: ReturnType<typeof fakeService>
const newClient = (options: Partial<ClientOptions> = {}) =>
  createClient({ ...service.options, targeting: matches, user: 'ann', ...options })

/** Answers with the tests once it is told to. */
function laterFetch() {
  let answer = () => {}
  const response = new Promise<Response>((resolve) => {
    answer = () => resolve(Response.json({ tests: service.tests }))
  })
  return { fetch: () => response, answer: () => answer() }
}

beforeEach(() => {
  vi.useFakeTimers()
  service = fakeService({ checkout, forPro })
})
afterEach(async () => {
  await OnServer.close()
  await InPage.clearProviders()
  vi.useRealTimers()
})

describe('a server', () => {
  const flags = OnServer.getClient('exposures')
  const register = async (client: Client) => {
    await OnServer.setProviderAndWait('exposures', createServerProvider(client))
    return client
  }

  test('counts the user of a context once, and what that user does with the branch', async () => {
    const client = await register(newClient())
    for (const targetingKey of ['bob', 'cleo', 'bob'])
      await flags.getStringValue('checkout', 'master', { targetingKey })
    flags.track('purchase', { targetingKey: 'bob' }, { value: 42, currency: 'EUR', basket: { items: 3 }, gift: true })
    await client.flush()

    expect(service.named('$exposure').map(({ user, tests }) => [user, tests])).toEqual([
      ['bob', { checkout: 'one-page@2' }],
      ['cleo', { checkout: 'master@2' }],
    ])
    expect(service.named('purchase')).toMatchObject([
      { user: 'bob', value: 42, tests: { checkout: 'one-page@2' }, props: { currency: 'EUR', gift: true } },
    ])
    expect(service.named('purchase')[0]!.props).not.toHaveProperty('basket')
  })

  test('counts nobody who is left out, is shown the default, or has no id', async () => {
    const onError = vi.fn()
    const client = await register(newClient({ onError }))
    await flags.getStringValue('forPro', 'x', { targetingKey: 'bob', plan: 'free' })
    await flags.getNumberValue('checkout', 7, { targetingKey: 'bob' })
    await flags.getStringValue('checkout', 'x')
    flags.track('purchase', {}, { value: 42 })
    await client.flush()

    expect(service.sent).toEqual([])
    expect(onError).toHaveBeenLastCalledWith(Error('user: expected 1 to 256 characters'))
  })

  test('a value that is no number is none', async () => {
    const client = await register(newClient())
    flags.track('purchase', { targetingKey: 'bob' }, { value: Number.NaN, weight: Infinity, at: new Date(0) })
    await client.flush()
    expect(service.named('purchase')).toMatchObject([{ props: { at: '1970-01-01T00:00:00.000Z' } }])
    expect(service.sent[0]).not.toHaveProperty('value')
    expect(service.sent[0]!.props).not.toHaveProperty('weight')
  })
})

/** What both places have in common. */
interface Flags {
  providerStatus: string
  addHandler(event: string, handler: (details: { flagsChanged?: string[] }) => void): void
  getStringDetails(flag: string, fallback: string, context?: { targetingKey: string }): unknown
}

// The specification's scenario "Provider status accessibility", without a fatal one.
describe.each(['server', 'page'])('status and events on a %s', (place) => {
  const api = place === 'server' ? OnServer : InPage
  let events: unknown[]
  let flags: Flags

  const register = async (client: Client) => {
    const domain = `events ${expect.getState().currentTestName}`
    events = []
    const named: unknown = place === 'server' ? OnServer.getClient(domain) : InPage.getClient(domain)
    flags = named as Flags
    for (const event of ['PROVIDER_READY', 'PROVIDER_ERROR', 'PROVIDER_STALE'])
      flags.addHandler(event, () => void events.push(event))
    flags.addHandler('PROVIDER_CONFIGURATION_CHANGED', ({ flagsChanged }) => void events.push(flagsChanged))
    await (place === 'server'
      ? OnServer.setProviderAndWait(domain, createServerProvider(client))
      : InPage.setProviderAndWait(domain, createWebProvider(client)))
  }
  const later = () => vi.advanceTimersByTimeAsync(60_000)

  test('it is ready once the tests are known, and tells which of them changed', async () => {
    const registered = register(newClient())
    expect(flags.providerStatus).toBe('NOT_READY')
    await registered
    expect([flags.providerStatus, events]).toEqual(['READY', ['PROVIDER_READY']])
    await later()
    expect(events).toHaveLength(1)
    service.tests = { checkout: { ...checkout, version: 3 }, forPro, search: checkout }
    await later()
    expect(events.slice(1)).toEqual([['checkout', 'search']])
    service.tests = { checkout: { ...checkout, version: 3 }, forPro }
    await later()
    expect(events.slice(2)).toEqual([['search']])
  })

  test('it is stale while a look fails, and goes on with what it knows', async () => {
    await register(newClient())
    service.isDown = true
    await later()
    await later()
    expect([flags.providerStatus, events]).toEqual(['STALE', ['PROVIDER_READY', 'PROVIDER_STALE']])
    expect(await flags.getStringDetails('checkout', 'x', { targetingKey: 'ann' })).toMatchObject({ value: 'master' })
    service.isDown = false
    await later()
    expect([flags.providerStatus, events.at(-1)]).toEqual(['READY', 'PROVIDER_READY'])
  })

  test('it is in error while the tests could not be had, and becomes ready when they can', async () => {
    service.isDown = true
    await expect(register(newClient())).rejects.toThrow('could not be had')
    expect([flags.providerStatus, events]).toEqual(['ERROR', ['PROVIDER_ERROR']])
    expect(await flags.getStringDetails('checkout', 'x', { targetingKey: 'ann' })).toMatchObject({
      value: 'x',
      errorCode: 'PROVIDER_NOT_READY',
    })
    service.isDown = false
    await later()
    expect(flags.providerStatus).toBe('READY')
    expect(events.slice(1)).toEqual(['PROVIDER_READY', ['checkout', 'forPro']])
  })

  test('a change of what is known of the user is one of all flags', async () => {
    const client = newClient()
    await register(client)
    client.force('checkout', 'one-page')
    expect(events.slice(1)).toEqual([['checkout', 'forPro']])
    expect(await flags.getStringDetails('checkout', 'x', { targetingKey: 'ann' })).toMatchObject(
      place === 'page' ? { value: 'one-page', reason: 'TARGETING_MATCH' } : { value: 'master', reason: 'SPLIT' },
    )
  })

  test('a definition that is not well formed is a fault of that flag alone', async () => {
    service.tests = { checkout, broken: { branches: [] } }
    await register(newClient())
    const context = { targetingKey: 'ann' }
    expect(await flags.getStringDetails('broken', 'x', context)).toMatchObject({ value: 'x', errorCode: 'PARSE_ERROR' })
    expect(await flags.getStringDetails('checkout', 'x', context)).toMatchObject({ value: 'master' })
  })

  test('closing sends what waits, and looks no more', async () => {
    const client = newClient()
    await register(client)
    await flags.getStringDetails('checkout', 'x', { targetingKey: 'ann' })
    await api.close()
    expect(service.named('$exposure')).toHaveLength(1)
    service.tests = {}
    await later()
    expect(client.config?.tests).toHaveProperty('checkout')
    await api.close()
  })
})

describe.each([
  ['server', createServerProvider],
  ['page', createWebProvider],
])('the end of a provider on a %s', (_place, createProvider) => {
  test('a provider that is closed as it starts does not become ready', async () => {
    const { fetch, answer } = laterFetch()
    const provider = createProvider(newClient({ fetch }))
    const initialized = provider.initialize!()
    await provider.onClose!()
    answer()
    await expect(initialized).rejects.toThrow('closed')
  })

  test('a provider that was closed cannot start again, as nothing would be sent', async () => {
    const provider = createProvider(newClient())
    await provider.initialize!()
    await provider.onClose!()
    await provider.onClose!()
    await expect(provider.initialize!()).rejects.toThrow('closed')
  })
})

test('a context that comes before the tests is no event of its own', async () => {
  const { fetch, answer } = laterFetch()
  const events: unknown[] = []
  const flags = InPage.getClient('early')
  for (const event of ['PROVIDER_READY', 'PROVIDER_CONFIGURATION_CHANGED'])
    flags.addHandler(event as never, () => void events.push(event))
  const registered = InPage.setProviderAndWait('early', createWebProvider(newClient({ fetch })))
  await InPage.setContext('early', { plan: 'pro' })
  answer()
  await registered
  expect(events).toEqual(['PROVIDER_READY'])
  expect(flags.getStringDetails('forPro', 'x').reason).toBe('SPLIT')
})

test('a change of context is told as that, and not as one of the flags', async () => {
  const flags = InPage.getClient('quiet')
  const events: string[] = []
  await InPage.setProviderAndWait('quiet', createWebProvider(newClient()))
  for (const event of ['PROVIDER_CONTEXT_CHANGED', 'PROVIDER_CONFIGURATION_CHANGED', 'PROVIDER_RECONCILING'])
    flags.addHandler(event as never, () => void events.push(event))
  await InPage.setContext('quiet', { plan: 'pro' })
  expect(events).toEqual(['PROVIDER_CONTEXT_CHANGED'])
})
