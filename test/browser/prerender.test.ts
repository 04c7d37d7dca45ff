import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { expect, onTestFinished, test, vi } from 'vitest'
import { CHROMIUM } from '../support/chromium.js'
import { makeTempDir } from '../support/temp.js'
import { closeAll, listen } from './front.js'
import { bundle } from './site.js'

/** Has the browser prepare a page, and goes there when the server says that it is time. */
const start = `<!doctype html><title>Start</title>
<script type="speculationrules">{"prerender":[{"source":"list","urls":["/next"],"eagerness":"immediate"}]}</script>
<script>
  const look = async () => (await fetch('/time')).status === 200 ? location.assign('/next') : setTimeout(look, 50)
  look()
</script>`

/** Says how it is, after longer than a batch takes to be sent. */
const next = `
  import { createClient, remember } from '@assay/sdk'
  const branches = [{ name: 'one-page', weight: 1 }]
  const client = createClient({
    url: location.origin, key: 'wk_1', app: 'shop', config: { tests: { checkout: { branches } } },
    refresh: 0, batch: { wait: 20 }, memory: remember(),
  })
  const say = () => {
    const kept = [document.cookie && 'cookie', ...Object.keys(localStorage), ...Object.keys(sessionStorage)]
    setTimeout(() => fetch('/said', {
      method: 'POST', body: JSON.stringify([document.prerendering, client.assign('checkout'), kept.filter(Boolean).length]),
    }), 300)
  }
  say()
  document.addEventListener('prerenderingchange', say)`

test('a page that the browser prepares counts nobody, and stores nothing, until it is seen', async () => {
  const script = await bundle(next)
  const said: unknown[] = []
  const events: string[] = []
  let isTime = false
  const site = createServer(async (request, response) => {
    const body = `${Buffer.concat(await request.toArray())}`
    const { pathname } = new URL(request.url!, 'http://shop.test')
    const html = (text: string) => response.setHeader('content-type', 'text/html').end(text)
    if (pathname === '/') return html(start)
    if (pathname === '/next')
      return html('<!doctype html><title>Next</title><script type="module" src="/next.js"></script>')
    if (pathname === '/next.js') return response.setHeader('content-type', 'text/javascript').end(script)
    if (pathname === '/said') said.push(JSON.parse(body))
    if (pathname === '/v1/events') {
      events.push(...JSON.parse(body).events.map((e: { event: string }) => e.event))
      return response.writeHead(202).end('{"rejected":[]}')
    }
    response.writeHead(pathname === '/time' && !isTime ? 204 : 200).end('{}')
  })
  const url = await listen(site)
  const { path, remove } = makeTempDir()
  // Whoever is watched by tools, as by those of the other tests, prepares no pages.
  const browser = spawn(CHROMIUM, ['--headless', '--no-sandbox', `--user-data-dir=${path}`, `${url}/`], {
    stdio: 'ignore',
    detached: true,
  })
  const gone = new Promise((resolve) => browser.on('exit', resolve))
  onTestFinished(async () => {
    process.kill(-browser.pid!, 'SIGKILL')
    await gone
    closeAll(site)
    await vi.waitFor(remove)
  })
  await vi.waitFor(() => expect(said).toHaveLength(1), { timeout: 25_000, interval: 20 })
  expect([said, events]).toEqual([[[true, 'one-page', 0]], []])
  isTime = true
  await vi.waitFor(() => expect(said).toHaveLength(2), { timeout: 25_000, interval: 20 })
  expect([said[1], events]).toEqual([[false, 'one-page', 3], ['$exposure']])
}, 60_000)
