import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type * as sdk from '@assay/sdk'
import type { Client, ClientOptions } from '@assay/sdk'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, vi } from 'vitest'
import { startChromium } from '../support/chromium.js'
import { type ServerProcess, startServer } from '../support/server-process.js'
import { makeTempDir } from '../support/temp.js'
import { define, tests } from './definitions.js'
import { type Front, openFront } from './front.js'
import { bundle, openSite, root, type Site } from './site.js'

declare global {
  interface Window {
    sdk: typeof sdk
    client: Client
    problems: string[]
    drops: [number, string][]
    /** A second client, where one was asked for: it is given no tests. */
    remembering: Promise<Client>
  }
}

/** What a page of the shop is asked to be, in its address. */
export type Asked = Partial<Pick<ClientOptions, 'user' | 'consent' | 'honorPrivacySignals'>> & {
  isAlone?: boolean
  remembers?: boolean
}

export interface Shop {
  server: ServerProcess
  front: Front
  site: Site
  browser: Awaited<ReturnType<typeof startChromium>>
  /** The address of a page with a client. */
  page(asked?: Asked): string
}

const app = (url: string, key: string) => `
  import * as sdk from '@assay/sdk'
  const { isAlone, remembers, ...asked } = JSON.parse(new URLSearchParams(location.search).get('asked') ?? '{}')
  Object.assign(window, { sdk, problems: [], drops: [] })
  window.client = sdk.createClient({
    url: ${JSON.stringify(url)}, key: ${JSON.stringify(key)}, app: 'shop', config: ${JSON.stringify({ tests })}, refresh: 0,
    keep: isAlone ? undefined : sdk.offline(),
    batch: { wait: 200 },
    onError: (error) => window.problems.push(String(error)),
    onDrop: (...drop) => window.drops.push(drop),
    ...asked,
  })
  if (remembers) {
    const { config, ...options } = window.client.options
    const client = sdk.createClient({ ...options, memory: sdk.remember() })
    window.remembering = client.ready.then(() => client)
  }`

/** A shop with pages on one server, Assay on another, and a browser, for all tests of a file. */
export function openShop(): Shop {
  const shop = {
    page: (asked = {}) => `${shop.site.url}/shop?asked=${encodeURIComponent(JSON.stringify(asked))}`,
  } as Shop
  const { path, remove } = makeTempDir()
  beforeAll(async () => {
    const [server, site, browser] = await Promise.all([startServer(path), openSite(), startChromium()])
    const front = await openFront(server!.url)
    await define(server!)
    Object.assign(shop, { server, site, browser, front })
    site.serve('/app.js', await bundle(app(front.url, server!.keys.write)))
    site.serve('/shop', '<!doctype html><title>Shop</title><script type="module" src="/app.js"></script>')
    site.serve('/elsewhere', '<!doctype html><title>Elsewhere</title>')
  })
  beforeEach(() => {
    shop.front.ids.length = 0
    shop.front.state = 'up'
  })
  afterAll(async () => {
    await shop.browser.close()
    shop.site.close()
    shop.front.close()
    await shop.server.end('SIGKILL')
    remove()
  })
  return shop
}

/** Has a page's client track so many events. */
export const track = (page: Page, count = 1) =>
  page.evaluate((n) => {
    for (let i = 0; i < n; i++) window.client.track('view', i)
  }, count)

/** Until so many events have arrived, none of them twice; and for a moment after, in which none may come. */
export async function expectOnce({ front }: Shop, count: number, after = 0): Promise<void> {
  await vi.waitFor(() => expect(new Set(front.ids).size).toBe(count), { timeout: 10_000, interval: 20 })
  await new Promise((resolve) => setTimeout(resolve, after))
  expect(front.ids.length).toBe(count)
}

/** The file for script tags, made from source, apart from the one that is published with the package. @returns its text */
export function buildScript(): string {
  const { path, remove } = makeTempDir()
  try {
    const file = join(path, 'assay.min.js')
    execFileSync('npm', ['run', '--silent', 'build:sdk', '--', `--outfile=${file}`], { cwd: root })
    return readFileSync(file, 'utf8')
  } finally {
    remove()
  }
}
