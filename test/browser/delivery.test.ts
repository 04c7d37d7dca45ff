import type { BrowserContext, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { settled } from '../support/running.js'
import { expectOnce, openShop, track } from './shop.js'
import { newUser, open } from './user.js'

const shop = openShop()

const newTab = async (context: BrowserContext, asked = {}): Promise<Page> => {
  const page = await open(context, shop.page(asked))
  await page.waitForFunction(() => window.client)
  return page
}

test.each([{}, { isAlone: true }])('what a page tracks as it goes away arrives: %o', async (asked) => {
  const page = await newTab(await newUser(shop.browser), asked)
  await page.evaluate((elsewhere) => {
    window.client.track('leave')
    location.href = elsewhere
  }, `${shop.site.url}/elsewhere`)
  await page.waitForURL('**/elsewhere')
  await expectOnce(shop, 1)
})

test('large batches go compressed, and the server reads them', async () => {
  const page = await newTab(await newUser(shop.browser))
  const asked = page.waitForRequest(/encoding=gzip/)
  await track(page, 90)
  await asked
  await expectOnce(shop, 90)
})

test('tracked offline, events arrive once the network is back, and once', async () => {
  const context = await newUser(shop.browser, { mayFail: true })
  const page = await newTab(context)
  await context.setOffline(true)
  await track(page, 5)
  await page.waitForFunction(() => window.problems.length)
  expect(shop.front.ids).toEqual([])
  await context.setOffline(false)
  await expectOnce(shop, 5, 500)
})

test('of a tab that was closed offline another delivers: one that opens, or one that lives', async () => {
  const context = await newUser(shop.browser, { mayFail: true })
  const [living, first] = [await newTab(context), await newTab(context)]
  await context.setOffline(true)
  await track(first, 3)
  await first.close()
  await living.waitForFunction(async () => (await navigator.locks.query()).held!.length === 1)
  await context.setOffline(false)
  await expectOnce(shop, 3)
  const second = await newTab(context)
  await context.setOffline(true)
  await track(second, 3)
  await second.close()
  await living.close()
  await context.setOffline(false)
  await newTab(context)
  await expectOnce(shop, 6, 500)
})

test('many tabs, and those that they open with a copy of their session, send no event twice', async () => {
  const context = await newUser(shop.browser, { mayFail: true })
  const first = await newTab(context)
  const opened = context.waitForEvent('page')
  await first.evaluate(() => void window.open(location.href))
  const copy = await opened
  await copy.waitForFunction(() => window.client)
  const tabs = [first, copy, await newTab(context), await newTab(context)]
  await Promise.all(tabs.map((tab) => track(tab, 5)))
  await expectOnce(shop, 20)
  await context.setOffline(true)
  await Promise.all(tabs.map((tab) => track(tab, 5)))
  await tabs.pop()!.close()
  await context.setOffline(false)
  await expectOnce(shop, 40, 1000)
})

/** Until the server's answers for all that a page sent have come to it: nothing of it waits any more. */
const answered = (page: Page) =>
  page.waitForFunction(() => !Object.keys(localStorage).some((key) => /^assay\/.*[^/]$/.test(key)))

test('a page that comes back from the back/forward cache sends nothing that another has sent', {
  timeout: 60_000,
}, async () => {
  const context = await newUser(shop.browser, { mayFail: true })
  const page = await newTab(context)
  shop.front.state = 503
  await track(page, 3)
  await page.waitForFunction(() => window.problems.length)
  // Says by itself that it is back: what one asks of a page as it is exchanged for another may stay without an answer.
  await page.evaluate(() => addEventListener('pageshow', ({ persisted }) => persisted && window.client.track('back')))
  await page.goto(shop.page({ user: 'next-page' }))
  shop.front.state = 'up'
  await expectOnce(shop, 3)
  await answered(page)
  await page.evaluate(() => void setTimeout(() => history.back()))
  await expectOnce(shop, 4, 500)
})

test('what pages tracked that left before they could know that the server is away is not lost', async () => {
  const page = await newTab(await newUser(shop.browser, { mayFail: true }))
  shop.front.state = 503
  for (let visit = 0; visit < 3; visit++) {
    await track(page, 2)
    await page.reload()
    await page.waitForFunction(() => window.client)
  }
  shop.front.state = 'up'
  await expect.poll(() => new Set(shop.front.ids).size, { timeout: 15_000 }).toBe(6)
})

/** Until what other pages left is taken over: the clock of these tests is faster than locks. */
const settle = (page: Page) =>
  page.waitForFunction(() => window.client && Object.values(localStorage).every((event) => event.startsWith('{')))

test.each(['gone', 503] as const)('ten minutes without a server (%s), with reloads, lose nothing', async (state) => {
  const before = await settled(shop.server)
  const context = await newUser(shop.browser, { mayFail: true })
  await context.clock.install()
  const page = await newTab(context)
  shop.front.state = state
  for (let minute = 0; minute < 10; minute++) {
    await track(page, 3)
    // Now the page has seen that the server is away, now it has not.
    if (minute % 2) await page.evaluate(() => window.client.flush())
    if (minute % 3) await page.reload()
    await settle(page)
    await context.clock.runFor(60_000)
  }
  shop.front.state = 'up'
  const arrived = async () => {
    await context.clock.runFor(20_000)
    return new Set(shop.front.ids).size
  }
  await expect.poll(arrived, { timeout: 20_000, interval: 200 }).toBe(30)
  await expect.poll(async () => (await settled(shop.server)).stored - before.stored, { timeout: 10_000 }).toBe(30)
})
