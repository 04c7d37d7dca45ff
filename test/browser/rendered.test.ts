import { createServer, type Server } from 'node:http'
import { createClient, matches } from '@assay/sdk'
import { visit } from '@assay/sdk/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeAll, listen } from './front.js'
import { expectOnce, openShop } from './shop.js'
import { bundle } from './site.js'
import { newUser, open } from './user.js'

const shop = openShop()
let server: Server
let url: string

const page = (address: string, key: string) => `
  import { createClient, matches } from '@assay/sdk'
  const client = createClient({
    ...{ url: '${address}', key: '${key}', app: 'shop', targeting: matches },
    ...JSON.parse(document.getElementById('assay').textContent),
  })
  document.body.dataset.branch = client.assign('checkout')
  client.track('view')
  window.client = client`

beforeAll(async () => {
  const { front, server: assay } = shop
  const options = { url: front.url, key: assay.keys.write, app: 'shop', targeting: matches, batch: { wait: 100 } }
  const client = createClient(options)
  await client.ready
  const script = await bundle(page(front.url, assay.keys.write))
  server = createServer((req, res) => {
    if (req.url === '/page.js') return res.writeHead(200, { 'content-type': 'text/javascript' }).end(script)
    if (req.url !== '/') return res.writeHead(204).end()
    const attributes = () => ({ name: '</script><script>document.title = "broken"</script><!--' })
    const visitor = visit(client, req, res, { attributes })
    const branch = visitor.assign('checkout')
    const policy = `default-src 'none'; script-src 'self'; connect-src ${front.url}; require-trusted-types-for 'script'`
    res.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': policy, 'cache-control': 'private' })
    res.end(`<!doctype html><title>Shop</title><body><h1>${branch}</h1>
      <script type="application/json" id="assay">${visitor.bootstrap()}</script>
      <script type="module" src="/page.js"></script>`)
  })
  url = await listen(server)
})
afterAll(() => closeAll(server))

test('a page that the server rendered starts as the same user with the same branch, counted once', async () => {
  const context = await newUser(shop.browser)
  const tab = await open(context, url)
  await tab.waitForSelector('body[data-branch]')
  const shown = await tab.evaluate(() => [document.querySelector('h1')!.textContent, document.body.dataset.branch])
  expect(new Set(shown).size).toBe(1)
  const cookies = await context.cookies()
  expect(cookies.map(({ name, value }) => `${name} ${value}`)).toEqual([
    `assay 1.${await tab.evaluate(() => window.client.user)}`,
  ])
  expect(await tab.title()).toBe('Shop')
  await expectOnce(shop, 2, 1500)
})

test('where cookies are refused the page is another user, who is counted too', async () => {
  const context = await newUser(shop.browser)
  await context.addInitScript(() => {
    Object.defineProperty(document, 'cookie', { get: () => '', set: () => {} })
  })
  const tab = await open(context, url)
  await tab.waitForSelector('body[data-branch]')
  await expectOnce(shop, 3)
})
