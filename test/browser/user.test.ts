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

test('after a logout somebody else is counted, by another cookie, in every function and on the next page', async () => {
  const context = await newUser(shop.browser)
  const page = await open(context, shop.page())
  const [before, after, stuck] = await page.evaluate(() => {
    const { assign, track, user } = window.client
    assign('search')
    window.client.identify('ann')
    window.client.reset()
    track(assign('checkout'))
    return [user, window.client.user, window.client.explain('search')?.reason]
  })
  expect([after === before, stuck]).toEqual([false, 'split'])
  expect((await context.cookies()).map(({ value }) => value)).toEqual([`1.${after}`])
  await expectOnce(shop, 4)
  await page.reload()
  expect(await page.evaluate(() => window.client.user)).toBe(after)
})

test('tests are remembered for the next page, which shows them though the server is gone', async () => {
  const context = await newUser(shop.browser, { mayFail: true })
  const url = shop.page({ remembers: true })
  const page = await open(context, url)
  const visit = () =>
    page.evaluate(async () => {
      const client = await window.remembering
      return [client.explain('checkout')?.reason, Object.keys(localStorage).filter((key) => key.includes('tests'))]
    })
  expect(await visit()).toEqual(['split', ['assay.tests.shop']])
  shop.front.state = 'gone'
  await page.reload()
  expect(await visit()).toEqual(['split', ['assay.tests.shop']])
  await page.evaluate(() => window.remembering.then((client) => client.consent('denied')))
  expect(await page.evaluate(() => localStorage.getItem('assay.tests.shop'))).toBeNull()
})
