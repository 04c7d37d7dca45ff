import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { assign } from '@assay/sdk'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { startChromium } from '../support/chromium.js'
import { codeOf, pageScript, runCode, typeErrors } from '../support/doc-code.js'
import { playService, type SentEvent } from './service.js'

const told = codeOf('docs/sdk/react.md')
/** The same at a free port, and without waiting for a batch to fill. */
const code = Object.fromEntries(
  Object.entries(told).map(([name, text]) => [
    name,
    text.replace('3000', '0').replace("app: 'shop' }", "app: 'shop', batch: { wait: 20 } }"),
  ]),
)
const split = (...names: string[]) => ({ branches: names.map((name) => ({ name, weight: 1 })) })
const tests = { checkout: split('master', 'one-page'), headline: split('master', 'short') }
const branchOf = (user: string) => assign(user, 'checkout', tests.checkout.branches)
const userOf = (branch: string) => {
  for (let n = 0; ; n++) if (branchOf(`somebody-${n}`) === branch) return `somebody-${n}`
}
const texts: Record<string, string> = { master: 'Step 1 of 3 Buy', 'one-page': 'All on one page Buy' }

/** Keeps all that the root ever shows, and every change to it. */
const watch = `<script>
  window.seen = [root.textContent]
  window.changes = []
  new MutationObserver((list) => {
    changes.push(...list.map(({ type }) => type))
    seen.push(root.textContent)
  }).observe(root, { attributes: true, characterData: true, childList: true, subtree: true })
</script>`

let browser: Browser
let page: Page
let complaints: string[]
let sent: SentEvent[]

beforeAll(async () => {
  browser = await startChromium()
})
afterAll(() => browser.close())

beforeEach(async () => {
  complaints = []
  page = await browser.newPage()
  page.on('console', (message) => ['warning', 'error'].includes(message.type()) && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  sent = await playService(page, tests)
})
afterEach(async () => {
  await page.close()
  expect(complaints).toEqual([])
})

/** Opens a page with a script, as a user whom the cookie knows. */
async function visit(user: string, query: string, body: string, script: string): Promise<void> {
  await page.route('https://shop.test/**', (route) =>
    route.request().url().endsWith('.js')
      ? route.fulfill({ contentType: 'text/javascript; charset=utf-8', body: script })
      : route.fulfill({ contentType: 'text/html; charset=utf-8', body }),
  )
  await page.context().addCookies([{ name: 'assay', value: `1.${user}`, url: 'https://shop.test' }])
  await page.goto(`https://shop.test/${query}`)
}

const seen = async () => ((await page.evaluate('seen')) as string[]).filter(Boolean)
const countedIn = () => sent.filter(({ event }) => event === '$exposure').flatMap((one) => Object.keys(one.tests))

async function buy(user: string): Promise<void> {
  await page.getByRole('button').click()
  await expect.poll(() => sent.filter(({ event }) => event === 'purchase').length, { timeout: 20_000 }).toBe(1)
  expect(new Set(sent.map((one) => one.user))).toEqual(new Set([user]))
}

test('the code of docs/sdk/react.md has the right types', async () => {
  expect(Object.keys(told)).toEqual(['app.tsx', 'page.tsx', 'server.tsx', 'hydrate.tsx', 'assay.tsx', 'shop.tsx'])
  expect(await typeErrors(told)).toBe('')
})

describe.each([
  ['React 19', {}],
  ['React 18', { react: 'react-18', 'react-dom': 'react-dom-18' }],
])('%s', (_name, instead) => {
  let server: Server
  let address: string
  let scripts: Record<string, string>
  beforeAll(async () => {
    vi.stubGlobal('fetch', async () => Response.json({ tests }))
    server = (await runCode<{ server: Server }>(code, 'server.tsx', instead)).server
    vi.unstubAllGlobals()
    address = `http://localhost:${(server.address() as AddressInfo).port}/`
    scripts = {
      page: await pageScript(code, 'page.tsx', instead),
      hydrate: await pageScript(code, 'hydrate.tsx', instead),
    }
  })
  afterAll(() => void server.close())

  const served = async (cookie: string, query = '', headers = {}) => {
    const response = await fetch(address + query, { headers: { cookie, ...headers } })
    return { response, body: (await response.text()).replace('<script', `${watch}<script`) }
  }

  test.each([
    ['master', '', ['checkout', 'headline']],
    ['one-page', '', ['checkout', 'headline']],
    ['one-page', '?assay=checkout:one-page', ['headline']],
  ])(
    'a page that the server rendered in %s at "%s" changes nothing as it comes alive',
    async (branch, query, counted) => {
      const user = userOf(query ? 'master' : branch)
      const { body } = await served(`assay=1.${user}`, query)
      await visit(user, query, body, scripts.hydrate!)
      await buy(user)
      expect(await page.evaluate('changes')).toEqual([])
      expect((await seen())[0]).toContain(texts[branch])
      expect(countedIn().sort()).toEqual(counted)
    },
  )

  test('a page of somebody who asked for privacy stays as the server rendered it, and says nothing', async () => {
    const user = userOf('one-page')
    const { body, response } = await served(`assay=1.${user}`, '', { 'sec-gpc': '1' })
    expect(response.headers.get('set-cookie')).toBe(null)
    await visit(user, '', body, scripts.hydrate!)
    await page.getByRole('button').click()
    // A page's timers go off in their order, and its requests go out so: a batch would have been here before this one.
    await page.evaluate(`new Promise((resolve) => setTimeout(resolve, 100))
      .then(() => fetch('https://assay.example.com/'))
      .then(() => {})`)
    expect(await page.evaluate('changes')).toEqual([])
    expect((await seen())[0]).toContain(texts.master)
    expect(sent).toEqual([])
  })

  test('a server gives somebody new a cookie', async () => {
    const { response } = await served('')
    expect(response.headers.get('set-cookie')).toMatch(/^assay=1\./)
    expect(response.headers.get('cache-control')).toBe('private')
  })

  const empty = `<div id="root"></div>${watch}<script type="module" src="/page.js"></script>`
  test.each(['master', 'one-page'])('a page on its own shows its fallback, and then %s', async (branch) => {
    const user = userOf(branch)
    await visit(user, '', empty, scripts.page!)
    await buy(user)
    const shown = [...new Set(await seen())]
    expect(shown).toEqual(['One moment …', expect.stringContaining(texts[branch]!)])
  })
})
