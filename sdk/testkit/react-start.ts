import { createElement as h, type ReactElement, Suspense } from 'react'
import { hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { createClient } from '../client.js'
import { AssayProvider } from '../react/react.js'
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

/** What a server sends of the page that `aliveInParts` is about. */
export function html(): string {
  const client = createClient({ ...fakeService(tests).options, config: { tests }, refresh: 0 })
  return renderToString(h(App, { client: client.visitor({ user: 'ann' }) }))
}

/** Each acts out how a page starts, and tells what came of it. */
export const starts = {
  async aliveInParts(html: string) {
    const page = open()
    const element = document.body.appendChild(document.createElement('div'))
    element.innerHTML = html
    const texts = [visible(element)]
    wait()
    const errors = await hydrate(element, h(App, { client: page.client }))
    await page.learn({ ...moved, headline: split('short', 'master') })
    texts.push(visible(element))
    await settled(go)
    return { texts: [...texts, visible(element)], errors, said: page.said() }
  },
}
