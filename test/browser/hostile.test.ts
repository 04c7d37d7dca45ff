import { expect, test } from 'vitest'
import { buildScript, expectOnce, openShop, track } from './shop.js'
import { openSite } from './site.js'
import { newUser, open } from './user.js'

const shop = openShop()

test('under the strictest policy for content, which allows scripts and the server alone', async () => {
  const policy = `default-src 'none'; script-src 'self'; connect-src ${shop.front.url}`
  const page = '<!doctype html><title>Strict</title><script type="module" src="/app.js"></script>'
  const url = shop.site.serve('/strict', page, { 'content-security-policy': policy })
  const tab = await open(await newUser(shop.browser), url)
  await track(tab, 90)
  await expectOnce(shop, 90)
  await track(tab)
  await tab.goto(`${shop.site.url}/elsewhere`)
  await expectOnce(shop, 91)
})

test('by a script tag alone, from another site', async () => {
  const cdn = await openSite()
  const script = cdn.serve('/assay.min.js', buildScript())
  const data = `data-url="${shop.front.url}" data-key="${shop.server.keys.write}" data-app="shop"`
  const url = shop.site.serve('/tag', `<!doctype html><title>Tag</title><script src="${script}" ${data}></script>`)
  const tab = await open(await newUser(shop.browser), url)
  const branches = await tab.evaluate(async () => {
    const { client } = (window as unknown as { assay: { client: typeof window.client } }).assay
    await client.ready
    client.describe({ device: 'phone' })
    client.track('view')
    return [client.explain('checkout'), client.explain('mobile')].map((decision) => decision?.reason)
  })
  cdn.close()
  expect(branches).toEqual(['split', 'split'])
  await expectOnce(shop, 1)
})

test('on pages that are not secure, which have no locks, tabs do not send twice what one of them left', async () => {
  const context = await newUser(shop.browser)
  const sent: string[] = []
  await context.route('http://*.test/**', async (route) => {
    const request = route.request()
    const { pathname } = new URL(request.url())
    if (request.method() === 'GET') {
      const response = await route.fetch({ url: shop.site.url + pathname })
      const body = (await response.text()).replaceAll(shop.front.url, 'http://assay.test')
      return route.fulfill({ response, body })
    }
    sent.push(...JSON.parse(request.postData()!).events.map((event: { id: string }) => event.id))
    const headers = { 'access-control-allow-origin': '*' }
    await route.fulfill({ headers, status: 202, json: { rejected: [] } })
  })
  const [first, ...others] = await Promise.all([1, 2, 3].map(() => open(context, 'http://shop.test/shop')))
  await Promise.all([first!, ...others].map((page) => page.waitForFunction(() => window.client)))
  expect(await first!.evaluate(() => navigator.locks)).toBeUndefined()
  await first!.waitForFunction(() => Object.keys(localStorage).filter((key) => key.endsWith('/')).length === 3)
  // As a page does that cannot reach the server and is closed.
  await first!.evaluate(() => {
    window.fetch = async () => Promise.reject(Error('away'))
  })
  await track(first!, 3)
  await first!.evaluate(() => window.client.flush())
  await first!.goto('http://shop.test/elsewhere')
  // What a page wrote is seen by others a moment later, and on a busy machine after more than one.
  const look = () => Promise.all(others.map((page) => page.evaluate(() => dispatchEvent(new Event('online')))))
  await expect.poll(() => look().then(() => sent.length), { timeout: 15_000, interval: 3000 }).toBe(3)
  await others[0]!.waitForTimeout(500)
  expect(new Set(sent).size).toBe(sent.length)
})

test('where storage is denied: told once, and events arrive', async () => {
  const frame = `<!doctype html><iframe sandbox="allow-scripts" src="/shop"></iframe>`
  const tab = await open(await newUser(shop.browser), shop.site.serve('/frame', frame))
  const inside = tab.frame({ url: /shop$/ })!
  await inside.waitForFunction(() => window.client)
  const denied = await inside.evaluate(() => {
    try {
      return localStorage
    } catch (error) {
      return (error as Error).name
    }
  })
  expect(denied).toBe('SecurityError')
  await inside.evaluate(() => window.client.track(window.client.assign('checkout')))
  await expectOnce(shop, 2)
  const problems = await inside.evaluate(() => window.problems)
  expect(problems.filter((problem) => /localStorage/.test(problem))).toHaveLength(1)
  expect(problems.filter((problem) => !/SecurityError/.test(problem))).toEqual([])
})

test.each([
  ['is missing', () => Reflect.deleteProperty(window, 'fetch')],
  [
    'throws',
    () => {
      window.fetch = () => {
        throw Error('no fetch here')
      }
      navigator.sendBeacon = window.fetch as never
    },
  ],
  [
    'answers nonsense',
    () => {
      window.fetch = async () => ({ status: 'odd' }) as never
    },
  ],
])('where fetch %s: told, and nothing is thrown into the page', async (_, breakIt) => {
  const context = await newUser(shop.browser)
  await context.addInitScript(breakIt)
  const tab = await open(context, shop.page())
  await track(tab, 3)
  await tab.evaluate(() => window.client.flush())
  expect(await tab.evaluate(() => window.problems)).not.toEqual([])
  await tab.evaluate(() => dispatchEvent(new Event('pagehide')))
  await tab.evaluate(() => window.client.close())
})
