import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'

/** What browsers print by themselves of each request that failed. */
const ABOUT_NETWORK = /^(Failed to load resource|Access to fetch)/

/**
 * A user's browser, which goes with the test. The test fails on anything printed in any of its pages, or thrown there
 * and not caught, but for failed requests where such are asked for.
 */
export async function newUser(
  browser: Browser,
  { mayFail = false, ...like }: BrowserContextOptions & { mayFail?: boolean } = {},
): Promise<BrowserContext> {
  const context = await browser.newContext(like)
  const noise: string[] = []
  context.on('console', (message) => {
    if (!(mayFail && ABOUT_NETWORK.test(message.text()))) noise.push(message.text())
  })
  context.on('weberror', (error) => noise.push(`uncaught: ${error.error()}`))
  onTestFinished(async () => {
    await context.close()
    expect(noise).toEqual([])
  })
  return context
}

export async function open(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(url)
  return page
}
