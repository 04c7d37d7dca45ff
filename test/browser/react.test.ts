import { fileURLToPath } from 'node:url'
import { assign } from '@assay/sdk'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { startChromium } from '../support/chromium.js'
import { codeOf, pageScript, runCode, typeErrors } from '../support/doc-code.js'

let browser: Browser
let page: Page
let complaints: string[]

beforeAll(async () => {
  browser = await startChromium()
})
afterAll(() => browser.close())

beforeEach(() => {
  complaints = []
})
afterEach(() => {
  expect(complaints).toEqual([])
})

const openPage = async () => {
  page = await browser.newPage()
  page.on('console', (message) => ['warning', 'error'].includes(message.type()) && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
}

const kitOf = (name: string) => fileURLToPath(new URL(`../../sdk/testkit/${name}.ts`, import.meta.url))

/** A page that can act out what one of the files of the kit exports. */
async function openKit(name: string, exported: string, instead: Record<string, string>) {
  const code = `import { ${exported} } from '${kitOf(name)}'; Object.assign(window, { ${exported} })`
  await openPage()
  await page.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }))
  await page.goto('https://shop.test/')
  await page.addScriptTag({ content: await pageScript({ 'page.ts': code }, 'page.ts', instead), type: 'module' })
  await page.waitForFunction(`window.${exported}`)
}

const exposure = (tests: Record<string, string>, user = 'ann') => ['$exposure', user, tests]
const master = exposure({ checkout: 'master' })
const onePage = exposure({ checkout: 'one-page' })

/** What an app may have for React, by what its packages are called here. */
const reacts: Record<string, Record<string, string>> = {
  'React 19': {},
  'React 18': { react: 'react-18', 'react-dom': 'react-dom-18' },
  Preact: { react: kitOf('preact-as-react'), 'react-dom': 'preact/compat' },
}

describe.each(Object.entries(reacts))('%s in a browser', (name, instead) => {
  beforeAll(() => openKit('react-page', 'stories', instead))
  afterAll(() => page.close())

  test.each([
    [
      'in strict mode a user counts once in each test',
      'strictMode',
      { text: 'master!', said: [master, exposure({ headline: 'short' })] },
    ],
    ['a user counts once, however many components ask and however often', 'manyComponents', [master]],
    [
      'a component that never gets on the screen counts nobody',
      'neverMounted',
      { text: 'wait', hasRendered: true, said: [] },
    ],
    [
      'a component renders again only when its own branch changes',
      'rendersAgain',
      { counts: [1, 1, 2], text: 'one-page' },
    ],
    [
      'tests that come late count the user whose branch stays, without rendering',
      'lateTests',
      { before: [], after: [master], renders: 1 },
    ],
    [
      'a user whom a definition moves counts in both branches',
      'movedBranch',
      { text: 'one-page', said: [master, onePage] },
    ],
    [
      'a branch that is not named shows the first, and counts once it is named',
      'unnamedBranch',
      { before: ['old'], after: ['new', onePage] },
    ],
    ['a branch that is no longer named does not count', 'becomesUnnamed', { text: 'old', said: [onePage] }],
    ['a branch of nothing counts', 'emptyBranch', { text: '', said: [master] }],
    ['a component that is gone counts nobody', 'gone', []],
    [
      'what becomes known of the user moves the user',
      'describedUser',
      { texts: ['master', 'one-page'], said: [onePage] },
    ],
    ['consent denied shows the control', 'denied', 'one-page'],
    [
      'another client is another user',
      'otherClient',
      { text: 'one-page', said: [master, exposure({ checkout: 'one-page' }, 'bob')] },
    ],
    [
      'what a user does names the branches, by the same function in every rendering',
      'tracking',
      { functions: 1, said: [master, ['purchase', 'ann', { checkout: 'master' }]] },
    ],
    [
      'a component that is hidden while another waits counts once it is back',
      'suspendedLater',
      { text: 'wait', before: [], after: [master] },
    ],
    ['another user of the same client counts as well', 'anotherUser', { counts: ['ann', 'bob'], listeners: 0 }],
    [
      'of branches that are not named the control is shown, in whatever order numbers are',
      'numberedBranches',
      { text: 'control', said: [] },
    ],
    ['what several branches show stays as it is when they change', 'keepsState', { text: 'form', mounted: 1 }],
    [
      'until the tests are known the fallback is shown, and nothing is rendered for the control first',
      'opening',
      { texts: ['wait', 'short'], renders: 1, said: [exposure({ headline: 'short' })] },
    ],
    ['a fallback ends when the tests could not be had', 'openingDown', 'master'],
    [
      'a fallback is not shown where the tests are known, or when another client comes',
      'openAlready',
      { texts: ['master', 'master'], waits: 0 },
    ],
    ['without a provider everybody sees master', 'noProvider', 'master'],
  ])('%s', async (_title, story, expected) => {
    expect(await page.evaluate(`stories.${story}()`)).toEqual(expected)
  })

  test.runIf(name === 'React 19')('a hidden Activity counts nobody until it is visible', async () => {
    expect(await page.evaluate('stories.hiddenActivity()')).toEqual({ before: [], after: [master] })
  })
})

describe.each(Object.entries(reacts).filter(([name]) => name !== 'Preact'))(
  '%s, as a page starts',
  (_name, instead) => {
    afterEach(() => page.close())

    test('parts that come alive after the definitions changed do so as the server rendered them, and change then', async () => {
      const server = { 'server.ts': `export { html } from '${kitOf('react-start')}'` }
      const { html } = await runCode<{ html: () => string }>(server, 'server.ts', instead)
      await openKit('react-start', 'starts', instead)
      expect(await page.evaluate(`starts.aliveInParts(${JSON.stringify(html())})`)).toEqual({
        texts: ['master/mastershort', 'one-page/mastershort', 'one-page/one-pagemaster'],
        errors: [],
        said: [master, onePage, exposure({ headline: 'master' })],
      })
    })
  },
)

describe('the code of docs/sdk/react.md', () => {
  const code = codeOf('docs/sdk/react.md')
  const split = (...names: string[]) => ({ branches: names.map((name) => ({ name, weight: 1 })) })
  const tests = { checkout: split('master', 'one-page'), headline: split('master', 'short') }
  const branchOf = (user: string) => assign(user, 'checkout', tests.checkout.branches)
  const users = ['master', 'one-page'].map((wanted) => {
    for (let n = 0; ; n++) if (branchOf(`somebody-${n}`) === wanted) return [wanted, `somebody-${n}`] as const
  })
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
  const seen = () => page.evaluate('seen.filter(Boolean)') as Promise<string[]>
  let sent: { event: string; user: string; tests: Record<string, string> }[]

  beforeEach(openPage)
  afterEach(() => page.close())

  const serve = async (body: string, script: string) => {
    sent = []
    await page.route('https://shop.test/**', (route) =>
      route.request().url().endsWith('.js')
        ? route.fulfill({ contentType: 'text/javascript; charset=utf-8', body: script })
        : route.fulfill({ contentType: 'text/html; charset=utf-8', body }),
    )
    await page.route('https://assay.example.com/**', async (route) => {
      const headers = { 'access-control-allow-origin': '*' }
      const request = route.request()
      if (request.method() === 'POST') sent.push(...JSON.parse(request.postData()!).events)
      await route.fulfill({ headers, json: request.method() === 'POST' ? { rejected: [] } : { tests } })
    })
  }
  const visit = async (user: string) => {
    await page.context().addCookies([{ name: 'assay', value: `1.${user}`, url: 'https://shop.test' }])
    await page.goto('https://shop.test/')
  }
  const expectSent = async (user: string, branch: string) => {
    await page.getByRole('button').click()
    await expect.poll(() => sent.filter(({ event }) => event === 'purchase').length, { timeout: 20_000 }).toBe(1)
    const exposures = sent.filter(({ event }) => event === '$exposure')
    expect(exposures.map((e) => [e.user, Object.keys(e.tests)]).sort()).toEqual([
      [user, ['checkout']],
      [user, ['headline']],
    ])
    expect(sent.at(-1)!.tests).toMatchObject({ checkout: branch })
  }

  test('has the right types', async () => {
    expect(Object.keys(code)).toEqual(['app.tsx', 'page.tsx', 'server.tsx', 'hydrate.tsx'])
    expect(await typeErrors(code)).toBe('')
  })

  test.each(users)('a page rendered on a server in %s changes nothing as it comes alive', async (branch, user) => {
    vi.stubGlobal('fetch', async () => Response.json({ tests }))
    const { render } = await runCode<{ render: (cookie: string) => Promise<Answer> }>(code, 'server.tsx')
    const { headers, body } = await render(`assay=1.${user}`)
    vi.unstubAllGlobals()
    expect(headers['set-cookie']).toContain(`assay=1.${user};`)
    expect(body).toContain(texts[branch]!.split(' Buy')[0])

    await serve(body.replace('<script>', `${watch}<script>`), await pageScript(code, 'hydrate.tsx'))
    await visit(user)
    await expectSent(user, branch)
    expect(await page.evaluate('changes')).toEqual([])
    expect((await seen())[0]).toContain(texts[branch])
  })

  test.each(users)('a page on its own shows %s from the start', async (branch, user) => {
    const body = `<div id="root"></div>${watch}<script type="module" src="/page.js"></script>`
    await serve(body, await pageScript(code, 'page.tsx'))
    await visit(user)
    await expectSent(user, branch)
    const shown = await seen()
    expect(new Set(shown).size).toBe(1)
    expect(shown[0]).toContain(texts[branch])
  })
})

interface Answer {
  headers: Record<string, string>
  body: string
}
