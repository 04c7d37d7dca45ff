import * as React from 'react'
import { createElement as h, StrictMode, Suspense } from 'react'
import { createRoot } from 'react-dom/client'
import { AssayProvider, Branch, useBranch, useTrack } from '../react/react.js'
import { Checkout, counted, moved, newWaiter, open, settled, split, tests } from './react-stage.js'

const ships = (branch: string) => ({
  ...tests,
  checkout: { ...split('master', 'one-page'), control: branch, ship: branch },
})
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
    counted.renders = 0
    await page.show(h(Suspense, { fallback: 'wait' }, h(Checkout), h(Never)))
    return { text: page.text(), hasRendered: counted.renders > 0, said: page.said() }
  },
  async rendersAgain() {
    const page = open()
    counted.renders = 0
    await page.show(h(Checkout))
    const counts = [counted.renders]
    await page.learn({ ...tests, headline: split('short') })
    counts.push(counted.renders)
    await page.learn(ships('one-page'))
    counts.push(counted.renders)
    return { counts, text: page.text() }
  },
  async lateTests() {
    const page = open({ config: { tests: {} } })
    counted.renders = 0
    await page.show(h(Checkout))
    const before = page.said()
    await page.learn(tests)
    return { before, after: page.said(), renders: counted.renders }
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
  async suspendedLater() {
    const page = open({ config: { tests: {} } })
    const { Waiter, wait, go } = newWaiter()
    const content = () => h(Suspense, { fallback: 'wait' }, h(Checkout), h(Waiter))
    await page.show(content())
    wait()
    await page.show(content())
    const text = page.text()
    await page.learn(tests)
    const before = page.said()
    await settled(go)
    return { text, before, after: page.said() }
  },
  async hiddenActivity() {
    const page = open()
    const content = (mode: 'hidden' | 'visible') => h(React.Activity, { mode } as React.ActivityProps, h(Checkout))
    await page.show(content('hidden'))
    const before = page.said()
    await page.show(content('visible'))
    return { before, after: page.said() }
  },
  async anotherUser() {
    let user = 'ann'
    const counts: string[] = []
    const listeners = new Set<() => void>()
    const client = {
      peek: () => 'master',
      assign: () => `${counts.push(user)}`,
      track() {},
      onChange(listener: () => void) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    }
    const page = open()
    await page.render(h(AssayProvider, { client }, h(Checkout)))
    user = 'bob'
    await settled(() => listeners.forEach((tell) => void tell()))
    await page.hide()
    return { counts, listeners: listeners.size }
  },
  async numberedBranches() {
    const page = open()
    await page.show(h(Branch, { test: 'headline', of: { master: 'control', 2: 'two' } }))
    return { text: page.text(), said: page.said() }
  },
  async keepsState() {
    const page = open()
    let mounted = 0
    const Form = () => {
      React.useEffect(() => void mounted++, [])
      return 'form'
    }
    await page.show(h(Branch, { test: 'checkout', of: { 'one-page': h(Form), master: h(Form) } }))
    await page.learn(moved)
    await page.learn({ ...tests, checkout: split('unheard-of') })
    return { text: page.text(), mounted }
  },
  async opening() {
    let answer = (_response: Response) => {}
    const { client, render, text, said } = open({
      config: undefined as never,
      fetch: () =>
        new Promise((resolve) => {
          answer = resolve
        }),
    })
    counted.renders = 0
    const content = () => h(AssayProvider, { client, fallback: 'wait' }, h(Checkout, { test: 'headline' }))
    await render(content())
    const texts = [text()]
    await settled(() => answer(Response.json({ tests })))
    await settled(() => client.ready)
    return { texts: [...texts, text()], renders: counted.renders, said: said() }
  },
  async openingDown() {
    const { client, render, text } = open({ config: undefined as never, fetch: async () => Response.error() })
    await render(h(AssayProvider, { client, fallback: 'wait' }, h(Checkout)))
    await settled(() => client.ready)
    return text()
  },
  async openingDead() {
    const page = open({ config: undefined as never, fetch: () => new Promise(() => {}), patience: 1 })
    await page.render(h(AssayProvider, { client: page.client, fallback: 'wait' }, h(Checkout)))
    await settled(() => page.client.ready)
    const texts = [page.text()]
    await page.learn(moved)
    return [...texts, page.text()]
  },
  async leftUser() {
    const page = open({ cookie: { name: 'left' } })
    await page.show(h(Checkout))
    await settled(() => page.client.reset())
    const { user } = page.client
    const users = page.said().map(([, said]) => (said === user ? 'somebody new' : said))
    return { users, isShown: page.text() === page.client.peek('checkout') }
  },
  async openAlready() {
    const page = open()
    const waiting = open({ config: undefined as never, fetch: () => new Promise(() => {}) })
    let waits = 0
    const Wait = () => `${++waits}`
    const content = ({ client }: typeof page) => h(AssayProvider, { client, fallback: h(Wait) }, h(Checkout))
    await page.render(content(page))
    const texts = [page.text()]
    await page.render(content(waiting))
    return { texts: [...texts, page.text()], waits }
  },
  async noProvider() {
    const element = document.body.appendChild(document.createElement('div'))
    await settled(() => createRoot(element).render(h(Checkout)))
    return element.textContent
  },
}
