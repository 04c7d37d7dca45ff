import { createElement as h, type ReactElement, Suspense } from 'react'
import { hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { createClient } from '../client.js'
import { remember } from '../definitions/remember.js'
import type { ClientOptions } from '../options.js'
import { AssayProvider, type AssayProviderProps } from '../react/react.js'
import { visitFetch } from '../server/server.js'
import type { Visitor } from '../visitor.js'
import { fakeService } from './fake-service.js'
import { Checkout, moved, newWaiter, open, settled, split, tests, visible } from './react-stage.js'

async function hydrate(element: HTMLElement, app: ReactElement): Promise<string[]> {
  const errors: string[] = []
  await settled(() => hydrateRoot(element, app, { onRecoverableError: (error) => void errors.push(`${error}`) }))
  return errors
}

const { Waiter, wait, go } = newWaiter()
function App({ client }: { client: Visitor }) {
  const late = h(Suspense, { fallback: '…' }, h(Checkout), h(Checkout, { test: 'headline' }), h(Waiter))
  return h(AssayProvider, { client }, h(Checkout), '/', late)
}

/** An app whose module makes the client, on the server as in the page. */
const shared = (client: AssayProviderProps['client'], props: object) =>
  h(AssayProvider, { client, ...props }, h(Checkout))
const down = { fetch: async () => Response.error(), config: undefined as never }
const fallback = 'wait'
/** What such an app gives its provider and its client. */
const sharings: Record<string, [props: object, options: Partial<ClientOptions>]> = {
  inline: [{}, { config: { tests } }],
  inlineAndFallback: [{ fallback }, { config: { tests } }],
  remembered: [{}, { ...down, memory: remember() }],
}
/** Has `one-page`. */
const cookie = 'assay=1.V1StGXR8_Z5jdHi6B-myT'

/** What a server sends of the pages that are about to come alive, and gets of their user. */
export function html(): Record<string, string> {
  const client = createClient({ ...fakeService(tests).options, config: { tests }, refresh: 0 })
  const { visitor } = visitFetch(client, new Request('https://shop.test/', { headers: { cookie } }))
  const rendered = Object.entries(sharings).map(([name, [props, options]]) => {
    const own = createClient({ ...fakeService(tests).options, refresh: 0, ...options })
    return [name, renderToString(shared(own, props))]
  })
  return {
    cookie,
    aliveInParts: renderToString(h(App, { client: client.visitor({ user: 'ann' }) })),
    bootstrapped: renderToString(shared(visitor, { fallback })),
    bootstrap: visitor.bootstrap(),
    ...Object.fromEntries(rendered),
  }
}

function parse(html = '') {
  const element = document.body.appendChild(document.createElement('div'))
  element.innerHTML = html
  return element
}

async function start(html: string | undefined, props: object, options: Partial<ClientOptions>) {
  const { client, said } = open({ user: undefined as never, ...options })
  const element = parse(html)
  const texts = [visible(element)]
  const errors = await hydrate(element, shared(client, props))
  await settled(() => client.ready)
  return { texts: [...texts, visible(element)], errors, said: said().map(([event, , tests]) => [event, tests]) }
}

/** Each acts out how a page starts, and tells what came of it. */
export const starts = {
  async aliveInParts(html: string) {
    const page = open()
    const element = parse(html)
    const texts = [visible(element)]
    wait()
    const errors = await hydrate(element, h(App, { client: page.client }))
    await page.learn({ ...moved, headline: split('short', 'master') })
    texts.push(visible(element))
    await settled(go)
    return { texts: [...texts, visible(element)], errors, said: page.said() }
  },
  shared(name: string, html: string) {
    remember().write('shop', { tests })
    return start(html, ...sharings[name]!)
  },
  bootstrapped(html: string, bootstrap: string) {
    return start(html, { fallback }, JSON.parse(bootstrap))
  },
}
