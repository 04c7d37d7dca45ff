import { createElement as h } from 'react'
import { renderToString } from 'react-dom/server'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createClient } from '../client.js'
import { AssayProvider, Branch } from '../react/react.js'
import { science } from '../science/science.js'
import { visitFetch } from '../server/server.js'
import { createFakeClient } from './testing.js'

const branches = { checkout: 'one-page', headline: 'short' }

test('it shows its branches, and has what it was told at once', () => {
  const client = createFakeClient({ branches })
  expect(client.assign('checkout')).toBe('one-page')
  expect(client.assign('checkout')).toBe('one-page')
  expect(client.peek('headline')).toBe('short')
  client.track('purchase', 49.9, { currency: 'eur' })
  client.report('view', undefined, { headline: 'short' })
  client.report('left')
  client.identify('bob')
  expect(client.exposures).toEqual([{ user: 'ann', testId: 'checkout', branch: 'one-page' }])
  expect(client.events).toStrictEqual([
    { user: 'ann', event: 'purchase', value: 49.9, tests: { checkout: 'one-page' }, props: { currency: 'eur' } },
    { user: 'ann', event: 'view', tests: { headline: 'short' } },
    { user: 'ann', event: 'left', tests: {} },
    { user: 'ann', event: '$identify', tests: {}, props: { user: 'bob' } },
  ])
})

test('it uses no network, no timer, no cookie and no storage', async () => {
  onTestFinished(() => void vi.unstubAllGlobals())
  const used: string[] = []
  const names = [
    'fetch',
    'setTimeout',
    'setInterval',
    'document',
    'location',
    'navigator',
    'sessionStorage',
    'localStorage',
  ]
  for (const name of names) {
    const use = () => used.push(name) > 0
    vi.stubGlobal(name, new Proxy(() => {}, { get: use, set: use, apply: use }))
  }
  const client = createFakeClient({ branches, consent: 'pending' })
  client.assign('checkout')
  client.consent('granted')
  client.track('view')
  client.reset()
  await client.flush()
  await client.close()
  expect([client.events.length, used]).toEqual([1, []])
})

test('of a test that it was not given it shows the fallback, and nobody counts', () => {
  expect(createFakeClient().assign('checkout')).toBe('master')
  const client = createFakeClient({ branches, fallback: 'old' })
  expect([client.assign('search'), client.explain('search'), client.exposures]).toEqual(['old', undefined, []])
})

test('it is all that a client is', async () => {
  const config = { tests: {} }
  const real = createClient({ url: '', key: '', app: 'shop', user: 'ann', config, refresh: 0, consent: 'pending' })
  const client = createFakeClient({ user: 'eve' })
  expect(Object.keys(client)).toEqual(expect.arrayContaining(Object.keys(real)))
  expect([client.user, client.isStale, client.config]).toEqual(['eve', false, config])
  await Promise.all([client.ready, client.flush(), client.close()])
})

test('branches change in the middle, for everybody, and count', () => {
  const client = createFakeClient({ branches })
  const visitor = client.visitor({ user: 'bob' })
  const heard: string[] = []
  const end = client.onChange(() => heard.push(client.assign('checkout')))
  visitor.assign('checkout')
  client.setBranches({ checkout: 'master' })
  end()
  client.setBranches({ search: 'new' })
  expect([visitor.assign('checkout'), client.peek('search'), client.peek('headline')]).toEqual([
    'master',
    'new',
    'short',
  ])
  expect(heard).toEqual(['master'])
  expect(client.exposures.map(({ user, branch }) => `${user}: ${branch}`)).toEqual([
    'bob: one-page',
    'ann: master',
    'bob: master',
  ])
})

test.each(['checkout', 'search', 'constructor'])(
  '%s: a forced branch is shown to the user alone, and does not count',
  (testId) => {
    const client = createFakeClient({ branches })
    const before = client.peek(testId)
    const listener = vi.fn()
    client.onChange(listener)
    client.force(testId, 'fast')
    expect([client.assign(testId), client.visitor({ user: 'bob' }).peek(testId)]).toEqual(['fast', before])
    expect(client.exposures).toEqual([])
    client.force(testId, null)
    expect([client.peek(testId), listener.mock.calls.length]).toEqual([before, 2])
  },
)

test('what is told waits for consent, and is given up without it', () => {
  const client = createFakeClient({ branches, consent: 'pending' })
  client.assign('checkout')
  client.track('view')
  expect([client.events, client.exposures]).toEqual([[], []])
  client.consent('granted')
  expect([client.events.length, client.exposures.length]).toEqual([1, 1])
  client.consent('pending')
  client.track('view')
  client.consent('denied')
  client.track('view')
  client.consent('granted')
  expect(client.events.length).toBe(1)
})

test('who denied consent has the control, and does not count', () => {
  const client = createFakeClient({ branches, consent: 'denied' })
  expect([client.assign('checkout'), client.visitor({ user: 'bob' }).assign('checkout')]).toEqual(['master', 'master'])
  expect(client.exposures).toEqual([])
})

test('after a reset somebody else is there, whom nothing is forced on', () => {
  const client = createFakeClient({ branches })
  const { assign } = client
  client.force('checkout', 'fast')
  client.reset()
  expect([assign('checkout'), client.user === 'ann']).toEqual(['one-page', false])
  expect(client.exposures).toEqual([{ user: client.user, testId: 'checkout', branch: 'one-page' }])
})

test('a listener that throws is told of, and stops no other', () => {
  const onError = vi.fn()
  const client = createFakeClient({ branches, onError })
  const listener = vi.fn()
  client.onChange(() => {
    throw new Error('mine')
  })
  client.onChange(listener)
  client.describe({ plan: 'pro' })
  expect([onError.mock.calls[0]![0].message, listener.mock.calls.length]).toEqual(['mine', 1])
})

test('React shows its branches', () => {
  const client = createFakeClient({ branches })
  const page = h(Branch, { test: 'checkout', of: { master: 'old', 'one-page': 'new' } })
  expect(renderToString(h(AssayProvider, { client }, page))).toBe('new')
})

test('a server asks it for the visitor of a request', () => {
  const client = createFakeClient({ branches })
  const request = new Request('http://shop.test/', { headers: { cookie: 'assay=1.V1StGXR8_Z5jdHi6B-myT' } })
  expect(visitFetch(client, request).visitor.assign('checkout')).toBe('one-page')
  expect(client.exposures).toMatchObject([{ user: 'V1StGXR8_Z5jdHi6B-myT' }])
})

test('runs of an experiment on code are events', async () => {
  const client = createFakeClient()
  const price = science<number>('price', { client })
  expect(await price({ use: () => 1, try: { fast: () => 1 } })).toBe(1)
  const said = () => client.events.map(({ event, tests }) => `${event} ${tests.price}`)
  await vi.waitFor(() => expect(said().sort()).toEqual(['$science control', '$science fast']))
})

test('what was given up is told when it comes again, as the client of pages has it', () => {
  const client = createFakeClient({ branches: { checkout: 'one-page' }, consent: 'pending' })
  const use = () => {
    client.assign('checkout')
    client.identify('bob')
  }
  use()
  client.consent('denied')
  use()
  client.consent('granted')
  client.track('view')
  use()
  use()
  expect(client.exposures).toHaveLength(1)
  expect(client.events.map(({ event, tests }) => [event, tests])).toEqual([
    ['view', {}],
    ['$identify', {}],
  ])
})

test('consent that is none of the three is one that is pending', () => {
  const client = createFakeClient({ consent: 'pending' })
  client.track('view')
  client.consent('true' as never)
  expect(client.events).toEqual([])
  client.consent('granted')
  expect(client.events).toHaveLength(1)
})
