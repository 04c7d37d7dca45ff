import { createElement as h } from 'react'
import { renderToString } from 'react-dom/server'
import { expect, test, vi } from 'vitest'
import { createClient } from '../client.js'
import { fakeService } from '../testkit/fake-service.js'
import { AssayProvider, Branch, useBranch } from './react.js'

const branches = ['master', 'one-page'].map((name) => ({ name, weight: 1 }))
const service = fakeService({ checkout: { branches } })
const open = () => createClient({ ...service.options, config: { tests: service.tests }, refresh: 0 })
const Checkout = () => useBranch('checkout')

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
