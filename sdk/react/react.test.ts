import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { createElement as h, Suspense, use } from 'react'
import { type PipeableStream, renderToPipeableStream, renderToString } from 'react-dom/server'
import { expect, test, vi } from 'vitest'
import { type Client, createClient } from '../client.js'
import type { ClientConfig, Updates } from '../options.js'
import { createFakeClient } from '../testing/testing.js'
import { fakeService } from '../testkit/fake-service.js'
import { AssayProvider, Branch, useBranch } from './react.js'

const branches = ['master', 'one-page'].map((name) => ({ name, weight: 1 }))
const service = fakeService({ checkout: { branches } })
const open = () => createClient({ ...service.options, config: { tests: service.tests }, refresh: 0 })
const Checkout = () => useBranch('checkout')
function Late({ data }: { data: Promise<void> }) {
  use(data)
  return h(Checkout)
}

test('a server renders each visitor’s branch, and counts nobody', async () => {
  const client = open()
  const render = (user: string) => {
    const visitor = client.visitor({ user })
    return renderToString(h(AssayProvider, { client: visitor }, h(Checkout)))
  }
  expect(['ann', 'bob'].map(render)).toEqual(['master', 'one-page'])
  await client.flush()
  expect(service.sent).toEqual([])
})

test('on a server a client is nobody’s: it renders the control or the fallback, the same for all', async () => {
  const fallback = { fallback: 'wait' }
  const html = (client: Client, props = {}) => renderToString(h(AssayProvider, { client, ...props }, h(Checkout)))
  const config = { tests: { checkout: { branches, control: 'one-page' } } }
  const fetched = createClient({ ...service.options, refresh: 0 })
  await fetched.ready
  expect(fetched.config?.tests).toHaveProperty('checkout')
  for (let i = 0; i < 8; i++) {
    const inline = createClient({ ...service.options, config, refresh: 0 })
    expect([html(inline), html(inline, fallback)]).toEqual(['one-page', 'wait'])
    expect([html(fetched), html(fetched, fallback)]).toEqual(['master', 'wait'])
    fetched.reset()
  }
})

test('a client that was given its user is theirs on a server, too', () => {
  const options = { ...service.options, config: { tests: service.tests }, refresh: 0 }
  const html = (user: string) => {
    const client = createClient({ ...options, user })
    const app = (props: object) => h(AssayProvider, { client, ...props }, h(Checkout))
    return [renderToString(app({})), renderToString(app({ fallback: 'wait' }))]
  }
  expect(['ann', 'bob'].map(html)).toEqual([
    ['master', 'master'],
    ['one-page', 'one-page'],
  ])
  const fake = createFakeClient({ branches: { checkout: 'one-page' } })
  expect(renderToString(h(AssayProvider, { client: fake }, h(Checkout)))).toBe('one-page')
})

test('parts that a server streams later have the branch of the first ones, whatever changed meanwhile', async () => {
  let push = (_config: ClientConfig) => {}
  const updates: Updates = (_, onConfig) => {
    push = onConfig
    return () => {}
  }
  const client = createClient({ ...service.options, config: { tests: service.tests }, refresh: 0, updates })
  let arrive = () => {}
  const data = new Promise<void>((resolve) => {
    arrive = resolve
  })
  const late = h(Suspense, {}, h(Late, { data }))
  const app = h(AssayProvider, { client: client.visitor({ user: 'ann' }) }, h(Checkout), late)
  const stream = await new Promise<PipeableStream>((resolve) => {
    const begun = renderToPipeableStream(app, { onShellReady: () => resolve(begun) })
  })
  push({ tests: { checkout: { branches: branches.toReversed() } } })
  expect(client.visitor({ user: 'ann' }).peek('checkout')).toBe('one-page')
  arrive()
  const html = await text(stream.pipe(new PassThrough()))
  expect(html.match(/master|one-page/g)).toEqual(['master', 'master'])
})

test.each([
  ['of the branch', { master: 'old', 'one-page': 'new' }, 'new'],
  ['of the first, for a branch that is not named', { master: 'old', fast: 'new' }, 'old'],
  ['of nothing, where the branch has nothing', { master: 'old', 'one-page': null }, ''],
  ['of nothing, where there is nothing', {}, ''],
])('Branch shows the element %s', (_title, of, html) => {
  const client = open().visitor({ user: 'bob' })
  expect(renderToString(h(AssayProvider, { client }, h(Branch, { test: 'checkout', of })))).toBe(html)
})

test('a branch named like something every object has is no branch of theirs', () => {
  const client = { peek: () => 'toString', assign: vi.fn(() => ''), track: vi.fn() }
  const branch = h(Branch, { test: 'checkout', of: { master: 'old' } })
  expect(renderToString(h(AssayProvider, { client }, branch))).toBe('old')
})

/** Compiled, and never run: what must not compile is marked, and an error that does not come is one itself. */
export function whatMustNotCompile(client: Client) {
  // @ts-expect-error a provider is somebody's
  h(AssayProvider, {})
  // @ts-expect-error who can be asked for branches
  h(AssayProvider, { client: { user: 'ann' } })
  // @ts-expect-error a branch is one of a test
  h(Branch, { of: {} })
  // @ts-expect-error and shows something
  h(Branch, { test: 'checkout' })
  // @ts-expect-error which React can show
  h(Branch, { test: 'checkout', of: { master: () => 'old' } })
  // @ts-expect-error a test is named by a text
  const asked: Parameters<typeof useBranch> = [7]
  const visitor = client.visitor({ user: 'ann' })
  return [asked, h(AssayProvider, { client }), h(AssayProvider, { client: visitor, fallback: null })]
}
