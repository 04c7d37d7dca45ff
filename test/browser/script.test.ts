import { createHash } from 'node:crypto'
import { devices } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { buildScript, expectOnce, openShop } from './shop.js'
import { newUser, open } from './user.js'

const shop = openShop()
let built: string
let script: string
beforeAll(() => {
  built = buildScript()
  script = shop.site.serve('/assay.min.js', built)
})

const data = () => `data-url="${shop.front.url}" data-key="${shop.server.keys.write}" data-app="shop"`
const serve = (name: string, body: string, policy?: string) =>
  shop.site.serve(
    `/${name}`,
    `<!doctype html><title>Shop</title>${body}`,
    policy ? { 'content-security-policy': policy } : {},
  )
/** What a page does with its client, as a function of the page's scope. */
const view = `
  await window.assay.client.ready
  document.body.dataset.checkout = window.assay.client.assign('checkout')
  window.assay.client.track('view')`

test.each<[string, () => string]>([
  ['in the head', () => `<script src="${script}" ${data()}></script><body><script type="module">${view}</script>`],
  ['deferred', () => `<script defer src="${script}" ${data()}></script><body><script type="module">${view}</script>`],
  [
    'async, whenever it comes',
    () => `<body><script>const begin = async () => {${view}}</script>
      <script async src="${script}" ${data()} onload="begin()"></script>`,
  ],
  [
    'by another script, after the page is there',
    () => `<body><script>addEventListener('load', () => {
      const tag = document.createElement('script')
      Object.assign(tag.dataset, { url: '${shop.front.url}', key: '${shop.server.keys.write}', app: 'shop' })
      tag.onload = async () => {${view}}
      document.head.append(Object.assign(tag, { src: '${script}' }))
    })</script>`,
  ],
  [
    'where an element has its name',
    () =>
      `<body><p id="assay">Hello</p><script src="${script}" ${data()}></script><script type="module">${view}</script>`,
  ],
])('a script tag works %s', async (name, body) => {
  const page = await open(await newUser(shop.browser), serve(`tag-${name.replace(/\W/g, '')}`, body()))
  await page.waitForSelector('body[data-checkout]', { state: 'attached' })
  await expectOnce(shop, 2)
})

test('a tag that is there twice has one client', async () => {
  const tag = `<script src="${script}" ${data()}></script>`
  const keep = '<script>window.first = assay.client</script>'
  const page = await open(await newUser(shop.browser), serve('twice', `${tag}${keep}${tag}<body>`))
  const isOne = await page.evaluate(`assay.client !== undefined && assay.client === window.first`)
  expect(isOne).toBe(true)
  await page.evaluate(`assay.client.ready.then(() => first.assign('checkout') + assay.client.assign('checkout'))`)
  await expectOnce(shop, 1, 500)
})

test('tags of two apps have a client each', async () => {
  const tag = (app: string) => `<script src="${script}" ${data().replace('"shop"', `"${app}"`)}></script>`
  const keep = '<script>window.first = assay.client</script>'
  const page = await open(
    await newUser(shop.browser, { mayFail: true }),
    serve('two', `${tag('shop')}${keep}${tag('other')}<body>`),
  )
  expect(await page.evaluate(`[first, assay.client].map((client) => client.options.app)`)).toEqual(['shop', 'other'])
})

test('a tag with a hash runs under a policy that takes scripts by that alone; another file does not', async () => {
  const hash = `sha384-${createHash('sha384').update(built).digest('base64')}`
  const policy = `default-src 'none'; script-src '${hash}'; connect-src ${shop.front.url}; require-trusted-types-for 'script'`
  const tag = (src: string) => `<script src="${src}" integrity="${hash}" crossorigin ${data()}></script><body>`
  const page = await open(await newUser(shop.browser), serve('hash', tag(script), policy))
  await page.evaluate(() => (window as never as { assay: { client: typeof window.client } }).assay.client.track('view'))
  await expectOnce(shop, 1)

  const other = shop.site.serve('/other.min.js', `${built};window.changed = true`)
  const context = await shop.browser.newContext()
  const refused = await open(context, serve('refused', tag(other), policy))
  expect(await refused.evaluate(`typeof assay + typeof changed`)).toBe('undefinedundefined')
  await context.close()
})

test.each([
  ['Pixel 7', 'phone'],
  ['iPhone 14 landscape', 'phone'],
  ['iPad Mini', 'tablet'],
  ['Desktop Chrome', 'desktop'],
])('a page on %s tells of itself, by a script tag and by npm', async (name, device) => {
  const context = await newUser(shop.browser, { ...devices[name]!, locale: 'de-AT' })
  const page = await context.newPage()
  serve('attributes', `<script src="${script}"></script>`)
  const attributes = async (url: string) => {
    await page.goto(`${url}utm_source=mail`, { referer: 'https://news.example/may' })
    return page.evaluate('(window.assay ?? window.sdk).pageAttributes()')
  }
  const told = { device, language: 'de-AT', referrer: 'news.example', utm_source: 'mail' }
  expect(await attributes(`${shop.site.url}/attributes?`)).toEqual({ path: '/attributes', ...told })
  expect(await attributes(`${shop.page()}&`)).toEqual({ path: '/shop', ...told })
})
