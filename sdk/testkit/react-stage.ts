import { act, createElement as h, type ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import { matches } from '../../core/condition.js'
import { type Client, createClient } from '../client.js'
import type { ClientConfig, ClientOptions, Tests } from '../options.js'
import { AssayProvider, useBranch } from '../react/react.js'
import { fakeService } from './fake-service.js'

export const split = (...names: string[]) => ({ branches: names.map((name) => ({ name, weight: 1 })) })
/** `ann` has `master` of the one and `short` of the other. */
export const tests: Tests = { checkout: split('master', 'one-page'), headline: split('master', 'short') }
/** `ann` has `one-page`. */
export const moved: Tests = { ...tests, checkout: split('one-page', 'master') }

interface Said {
  event: string
  user: string
  tests?: Record<string, string>
}

/** Has what `work` sets off in React done when it ends, effects included. */
export const settled = (work: () => unknown) => act(async () => void (await work()))
Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

/** Without what is hidden. */
// biome-ignore lint/performance/useDomNodeTextContent: that has what is hidden, too.
export const visible = (element: HTMLElement) => element.innerText

/** A client, a root of its own in the page, and what was reported. */
export function open(options: Partial<ClientOptions> = {}) {
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
    text: () => visible(element),
    said: () => said.map(({ event, user, tests }) => [event, user, tests]),
    render: (children: ReactNode) => settled(() => root.render(children)),
    show: (children: ReactNode, by: Client = client) =>
      settled(() => root.render(h(AssayProvider, { client: by }, children))),
    hide: () => settled(() => root.render(null)),
    learn: (tests: Tests) => settled(() => push({ tests })),
  }
}

/** How often `Checkout` has rendered. */
export const counted = { renders: 0 }
export function Checkout({ test = 'checkout' }: { test?: string }): ReactNode {
  counted.renders++
  return useBranch(test)
}

/** A component that shows nothing, and waits as often and as long as it is told. */
export function newWaiter() {
  let end: (() => void) | undefined
  let waiting: Promise<void> | undefined
  return {
    Waiter() {
      if (waiting) throw waiting
      return null
    },
    wait() {
      waiting = new Promise((resolve) => {
        end = resolve
      })
    },
    go() {
      waiting = undefined
      end?.()
    },
  }
}
