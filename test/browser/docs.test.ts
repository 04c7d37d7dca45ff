import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { codeOf, pageScript, typeErrors } from '../support/doc-code.js'
import { buildScript, expectOnce, openShop } from './shop.js'
import { root } from './site.js'
import { newUser, open } from './user.js'

const shop = openShop()
const code = codeOf('docs/sdk/browser.md')
const [html] = /(?<=^```html tag.html\n).*?(?=^```$)/ms.exec(readFileSync(join(root, 'docs/sdk/browser.md'), 'utf8'))!

const here = (text: string) =>
  text.replaceAll('https://assay.example.com', shop.front.url).replaceAll('WRITE_KEY', shop.server.keys.write)
const serveScript = async (name: string, body: string) => {
  shop.site.serve(`/${name}.js`, here(await pageScript(code, `${name}.ts`)))
  const script = `<script type="module" src="/${name}.js"></script>`
  return shop.site.serve(`/${name}`, `<!doctype html><title>Shop</title><body>${body}${script}`)
}

test('the code of docs/sdk/browser.md has the right types', async () => {
  expect(Object.keys(code)).toEqual(['shop.ts', 'remember.ts', 'consent.ts', 'exposures.ts'])
  expect(await typeErrors(code)).toBe('')
})

test('the page of npm assigns and tracks', async () => {
  const page = await open(await newUser(shop.browser), await serveScript('shop', ''))
  await page.waitForSelector('body[data-checkout]', { state: 'attached' })
  await expectOnce(shop, 2)
})

test('the page that remembers its tests assigns, also at the next visit', async () => {
  const page = await open(await newUser(shop.browser), await serveScript('remember', ''))
  await page.waitForSelector('body[data-checkout]', { state: 'attached' })
  await expectOnce(shop, 1)
  await page.reload()
  await page.waitForSelector('body[data-checkout]', { state: 'attached' })
  await expectOnce(shop, 1)
})

test('the page of the script tag does', async () => {
  shop.site.serve('/assay.min.js', buildScript())
  const page = await open(await newUser(shop.browser), shop.site.serve('/tag', here(html)))
  await page.waitForSelector('body[data-checkout]', { state: 'attached' })
  await expectOnce(shop, 2)
  expect(await page.evaluate(() => localStorage.getItem('assay.tests.shop'))).toContain('checkout')
})

test('the page that asks for consent sends once it has it', async () => {
  const page = await open(await newUser(shop.browser), await serveScript('consent', '<button id="accept">Yes</button>'))
  await page.waitForTimeout(1500)
  expect(shop.front.ids).toEqual([])
  await page.click('#accept')
  await expectOnce(shop, 1)
})
