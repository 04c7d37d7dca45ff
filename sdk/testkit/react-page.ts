import { act, createElement as h, type ReactNode, StrictMode, Suspense } from 'react'
import { createRoot } from 'react-dom/client'
import { matches } from '../../core/condition.js'
import { type Client, createClient } from '../client.js'
import type { ClientConfig, ClientOptions, Tests } from '../options.js'
import { AssayProvider, Branch, useBranch, useTrack } from '../react/react.js'
import { fakeService } from './fake-service.js'

const split = (...names: string[]) => ({ branches: names.map((name) => ({ name, weight: 1 })) })
/** `ann` has `master` of the one and `short` of the other. */
const tests: Tests = { checkout: split('master', 'one-page'), headline: split('master', 'short') }
const ships = (branch: string) => ({
  ...tests,
  checkout: { ...split('master', 'one-page'), control: branch, ship: branch },
})
const moved = { ...tests, checkout: split('one-page', 'master') }

interface Said {
  event: string
  user: string
  tests?: Record<string, string>
}

/** Has what `work` sets off in React done when it ends, effects included. */
const settled = (work: () => void) => act(async () => work())
Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

/** A client, a root of its own in the page, and what was reported. */
function open(options: Partial<ClientOptions> = {}) {
  sessionStorage.clear()
  const said: Said[] = []
  let push: (config: ClientConfig) => void = () => {}
  const client = createClient({
    ...fakeService(tests).options,
    user: 'ann',
    config: { tests },
    targeting: matches,
    refresh: 0,
    updates: (_, onConfig) => {
      push = onConfig
      return () => {}
    },
    keep: { add: ({ json }) => void said.push(JSON.parse(json)), remove() {}, adopt: async () => {} },
    ...options,
  })
  const element = document.body.appendChild(document.createElement('div'))
  const root = createRoot(element)
  return {
    client,
    text: () => element.textContent,
    said: () => said.map(({ event, user, tests }) => [event, user, tests]),
    show: (children: ReactNode, by: Client = client) =>
      settled(() => root.render(h(AssayProvider, { client: by }, children))),
    hide: () => settled(() => root.render(null)),
    learn: (tests: Tests) => settled(() => push({ tests })),
  }
}

let renders = 0
function Checkout({ test = 'checkout' }: { test?: string }): ReactNode {
  renders++
  return useBranch(test)
}
const Never = () => {
  throw new Promise(() => {})
}

/** Each acts something out, and tells what came of it. */
export const stories = {
  async strictMode() {
    const page = open()
    const both = [h(Checkout, { key: 1 }), h(Branch, { key: 2, test: 'headline', of: { master: '?', short: '!' } })]
    await page.show(h(StrictMode, null, both))
    return { text: page.text(), said: page.said() }
  },
  async manyComponents() {
    const page = open()
    await page.show([1, 2, 3].map((key) => h(Checkout, { key })))
    await page.hide()
    await page.show(h(Checkout))
    return page.said()
  },
  async neverMounted() {
    const page = open()
    renders = 0
    await page.show(h(Suspense, { fallback: 'wait' }, h(Checkout), h(Never)))
    return { text: page.text(), hasRendered: renders > 0, said: page.said() }
  },
  async rendersAgain() {
    const page = open()
    renders = 0
    await page.show(h(Checkout))
    const counts = [renders]
    await page.learn({ ...tests, headline: split('short') })
    counts.push(renders)
    await page.learn(ships('one-page'))
    counts.push(renders)
    return { counts, text: page.text() }
  },
  async lateTests() {
    const page = open({ config: { tests: {} } })
    renders = 0
    await page.show(h(Checkout))
    const before = page.said()
    await page.learn(tests)
    return { before, after: page.said(), renders }
  },
  async afterReset() {
    const page = open()
    await page.show(h(Checkout))
    await settled(() => page.client.reset())
    const { user } = page.client
    const users = page.said().map(([event, one]) => [event, one === user ? 'new' : one])
    return { users, showsTheirs: page.text() === page.client.peek('checkout') }
  },
  async movedBranch() {
    const page = open()
    await page.show(h(Checkout))
    await page.learn(moved)
    return { text: page.text(), said: page.said() }
  },
  async unnamedBranch() {
    const page = open()
    await page.show(h(Branch, { test: 'checkout', of: { old: 'old', 'one-page': 'new' } }))
    const before = [page.text(), ...page.said()]
    await page.learn(moved)
    return { before, after: [page.text(), ...page.said()] }
  },
  async becomesUnnamed() {
    const page = open({ config: { tests: moved } })
    await page.show(h(Branch, { test: 'checkout', of: { old: 'old', 'one-page': 'new' } }))
    await page.learn({ checkout: { ...tests.checkout!, version: 2 } })
    return { text: page.text(), said: page.said() }
  },
  async emptyBranch() {
    const page = open()
    await page.show(h(Branch, { test: 'checkout', of: { 'one-page': 'new', master: null } }))
    return { text: page.text(), said: page.said() }
  },
  async gone() {
    const page = open({ config: { tests: {} } })
    await page.show(h(Checkout))
    await page.hide()
    await page.learn(tests)
    return page.said()
  },
  async describedUser() {
    const forPro = { checkout: { ...split('one-page'), control: 'master', targeting: { plan: 'pro' } } }
    const page = open({ config: { tests: forPro } })
    await page.show(h(Checkout))
    const texts = [page.text()]
    await settled(() => page.client.describe({ plan: 'pro' }))
    texts.push(page.text())
    await settled(() => page.client.force('checkout', null))
    return { texts, said: page.said() }
  },
  async denied() {
    const page = open({ config: { tests: moved } })
    await page.show(h(Checkout))
    await settled(() => page.client.consent('denied'))
    return page.text()
  },
  async otherClient() {
    const page = open()
    const other = open({ user: 'bob' })
    await page.show(h(Checkout))
    await page.show(h(Checkout), other.client)
    return { text: page.text(), said: [...page.said(), ...other.said()] }
  },
  async tracking() {
    const page = open()
    const seen = new Set<unknown>()
    const Buy = () => {
      const track = useTrack()
      seen.add(track)
      return h('button', { type: 'button', onClick: () => track('purchase', 42) }, useBranch('checkout'))
    }
    await page.show(h(Buy))
    await page.learn(ships('one-page'))
    await settled(() => document.querySelector('button')!.click())
    return { functions: seen.size, said: page.said() }
  },
  async noProvider() {
    const element = document.body.appendChild(document.createElement('div'))
    await settled(() => createRoot(element).render(h(Checkout)))
    return element.textContent
  },
}
