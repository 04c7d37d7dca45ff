import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import rsc from '@vitejs/plugin-rsc'
import type { Browser } from 'playwright-core'
import { createBuilder } from 'vite'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startChromium } from '../support/chromium.js'
import { codeOf } from '../support/doc-code.js'
import { playService } from './service.js'
import { root } from './site.js'

/** A framework as small as can be. */
const framework = {
  'entry.rsc.tsx': `
    import { renderToReadableStream } from '@vitejs/plugin-rsc/rsc'
    import { Shop } from './shop'
    export default async function handle(request) {
      const elements = renderToReadableStream(<html><body><Shop /></body></html>)
      if (request.url.endsWith('.rsc')) return new Response(elements, { headers: { 'content-type': 'text/x-component' } })
      const { render } = await import.meta.viteRsc.loadModule('ssr', 'index')
      return new Response(await render(elements), { headers: { 'content-type': 'text/html; charset=utf-8' } })
    }`,
  'entry.ssr.tsx': `
    import { createFromReadableStream } from '@vitejs/plugin-rsc/ssr'
    import { renderToReadableStream } from 'react-dom/server.edge'
    export async function render(elements) {
      const bootstrapScriptContent = await import.meta.viteRsc.loadBootstrapScriptContent('index')
      return renderToReadableStream(await createFromReadableStream(elements), { bootstrapScriptContent })
    }`,
  'entry.browser.tsx': `
    import { createFromReadableStream } from '@vitejs/plugin-rsc/browser'
    import { hydrateRoot } from 'react-dom/client'
    const { body } = await fetch('/shop.rsc')
    hydrateRoot(document, await createFromReadableStream(body), { onRecoverableError: (error) => console.error(error) })`,
}
const tests = { checkout: { branches: [{ name: 'one-page', weight: 1 }] } }

let folder: string
let browser: Browser
let handle: (request: Request) => Promise<Response>
beforeAll(async () => {
  mkdirSync(join(root, 'test/dist'), { recursive: true })
  folder = mkdtempSync(join(root, 'test/dist/components-'))
  for (const [name, text] of Object.entries({ ...codeOf('docs/sdk/react.md'), ...framework }))
    writeFileSync(join(folder, name), text)
  const of = (entry: string) => ({ build: { rollupOptions: { input: { index: join(folder, entry) } } } })
  const builder = await createBuilder({
    root: folder,
    logLevel: 'error',
    plugins: [rsc()],
    esbuild: { jsx: 'automatic' },
    environments: { rsc: of('entry.rsc.tsx'), ssr: of('entry.ssr.tsx'), client: of('entry.browser.tsx') },
  })
  await builder.buildApp()
  browser = await startChromium()
  vi.stubGlobal('fetch', async () => Response.json({ tests }))
  handle = (await import(pathToFileURL(join(folder, 'dist/rsc/index.js')).href)).default
}, 120_000)
afterAll(async () => {
  vi.unstubAllGlobals()
  await browser?.close()
  rmSync(folder, { recursive: true })
})

test('server components render branches: the server sends the fallback, and the page its user’s branch', async () => {
  const complaints: string[] = []
  const page = await browser.newPage()
  page.on('console', (message) => ['warning', 'error'].includes(message.type()) && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.route('https://shop.test/**', async (route) => {
    const { pathname } = new URL(route.request().url())
    if (pathname.startsWith('/assets/')) return route.fulfill({ path: join(folder, 'dist/client', pathname) })
    const response = await handle(new Request(route.request().url()))
    const headers = Object.fromEntries(response.headers)
    await route.fulfill({ headers, body: await response.text() })
  })
  const sent = await playService(page, tests)
  // The server's own client knows the tests by the second request, and still nobody's branch is sent.
  for (let i = 0; i < 2; i++) {
    const html = await (await handle(new Request('https://shop.test/shop'))).text()
    expect(html).toContain('One moment')
    expect(html).not.toContain('<p>All on one page')
  }
  await page.goto('https://shop.test/shop')
  await page.getByText('All on one page').waitFor()
  await expect.poll(() => sent.map(({ event }) => event), { timeout: 20_000 }).toEqual(['$exposure'])
  expect(complaints).toEqual([])
})
