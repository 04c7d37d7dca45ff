import { assign } from '@assay/core/assign'
import { expect, test } from 'vitest'
import { tests } from './definitions.js'
import { expectOnce, openShop, track } from './shop.js'
import { newUser, open } from './user.js'

const shop = openShop()

test('a browser assigns as servers do', async () => {
  const page = await open(await newUser(shop.browser), shop.page())
  const users = Array.from({ length: 500 }, (_, i) => `${i}-é-😀`)
  const found = await page.evaluate(
    (all) => all.map((user) => ['checkout', 'search'].map((id) => window.client.visitor({ user }).peek(id))),
    users,
  )
  const { checkout, search } = tests
  expect(found).toEqual(
    users.map((user) => [assign(user, 'checkout', checkout.branches), assign(user, 'search', search.branches)]),
  )
})

test('a user stays the same, by a cookie that lasts a year, and stays in a branch', async () => {
  const context = await newUser(shop.browser)
  const page = await open(context, shop.page())
  const visit = () => page.evaluate(() => [window.client.user, window.client.assign('search')])
  const first = await visit()
  const [cookie, ...others] = await context.cookies()
  expect(others).toEqual([])
  expect(cookie).toMatchObject({ name: 'assay', path: '/', sameSite: 'Lax', secure: false, httpOnly: false })
  expect(cookie!.value).toBe(`1.${first[0]}|search:${first[1]}`)
  expect(cookie!.expires - Date.now() / 1000).toBeGreaterThan(364 * 86_400)
  await page.reload()
  expect(await visit()).toEqual(first)
  await page.waitForTimeout(500)
  expect(new Set(shop.front.ids).size).toBe(1)
})

test('on secure pages the cookie is secure', async () => {
  const context = await newUser(shop.browser)
  await context.route('https://shop.example/**', async (route) => {
    const { pathname } = new URL(route.request().url())
    await route.fulfill({ response: await route.fetch({ url: shop.site.url + pathname }) })
  })
  const page = await open(context, 'https://shop.example/shop')
  await page.waitForFunction(() => window.client)
  expect(await context.cookies()).toMatchObject([{ name: 'assay', secure: true }])
})

test('consent pending stores and sends nothing; granted, what waited is sent', async () => {
  const context = await newUser(shop.browser)
  const page = await open(context, shop.page({ consent: 'pending' }))
  await page.evaluate(() => window.client.assign('checkout'))
  await track(page, 3)
  await page.waitForTimeout(500)
  const kept = () => page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length])
  expect([await kept(), await context.cookies(), shop.front.ids]).toEqual([['', 0, 0], [], []])
  await page.evaluate(() => window.client.consent('granted'))
  await expectOnce(shop, 4)
  expect(await context.cookies()).toHaveLength(1)
})

test('consent denied gives up what waited', async () => {
  const page = await open(await newUser(shop.browser), shop.page({ consent: 'pending' }))
  await track(page, 3)
  await page.evaluate(() => window.client.consent('denied'))
  await track(page)
  await page.waitForTimeout(400)
  expect(await page.evaluate(() => [window.drops, document.cookie, localStorage.length])).toEqual([
    [[3, 'no-consent']],
    '',
    0,
  ])
  expect(shop.front.ids).toEqual([])
})

test.each([
  ['globalPrivacyControl', true],
  ['doNotTrack', '1'],
])('a browser with %s is in no test, and nothing is stored or sent', async (name, value) => {
  const context = await newUser(shop.browser)
  await context.addInitScript(([n, v]) => Object.defineProperty(navigator, n as string, { value: v }), [name, value])
  const page = await open(context, shop.page())
  const branches = await page.evaluate(() =>
    Array.from({ length: 20 }, (_, i) => window.client.visitor({ user: `${i}` }).assign('checkout')),
  )
  await track(page)
  await page.waitForTimeout(400)
  expect(new Set(branches)).toEqual(new Set(['master']))
  const kept = await page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length])
  expect([kept, shop.front.ids]).toEqual([['', 0, 0], []])
})
