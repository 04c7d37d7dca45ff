import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startChromium } from '../support/chromium.js'
import { pageScript, runCode } from '../support/doc-code.js'

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
      'after a reset the new user is shown their own branch, and counts',
      'afterReset',
      {
        users: [
          ['$exposure', 'ann'],
          ['$exposure', 'new'],
        ],
        showsTheirs: true,
      },
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
    ['a server that never answers holds up nobody for long', 'openingDead', ['master', 'one-page']],
    ['who comes after a user who left counts as well', 'leftUser', { users: ['ann', 'somebody new'], isShown: true }],
    [
      'a fallback is not shown where the tests are known, or when another client comes',
      'openAlready',
      { texts: ['master', 'master'], waits: 0 },
    ],
    ['without a provider everybody sees master', 'noProvider', 'master'],
  ])('%s', async (_title, story, expected) => {
    expect(await page.evaluate(`stories.${story}()`)).toEqual(expected)
  })

  // Others have none.
  if (name === 'React 19')
    test('a hidden Activity counts nobody until it is visible', async () => {
      expect(await page.evaluate('stories.hiddenActivity()')).toEqual({ before: [], after: [master] })
    })
})

describe.each(Object.entries(reacts).filter(([name]) => name !== 'Preact'))(
  '%s, as a page starts',
  (_name, instead) => {
    let html: Record<string, string>
    beforeAll(async () => {
      const server = { 'server.ts': `export { html } from '${kitOf('react-start')}'` }
      html = (await runCode<{ html: () => typeof html }>(server, 'server.ts', instead)).html()
    })
    beforeEach(async () => {
      await openKit('react-start', 'starts', instead)
      const [name = '', value = ''] = html.cookie!.split('=')
      await page.context().addCookies([{ name, value, url: 'https://shop.test/' }])
    })
    afterEach(() => page.close())
    const start = (story: string, ...given: (string | undefined)[]) =>
      page.evaluate(`starts.${story}(...${JSON.stringify(given)})`)

    test('parts that come alive after the definitions changed do so as the server rendered them, and change then', async () => {
      expect(await start('aliveInParts', html.aliveInParts)).toEqual({
        texts: ['master/mastershort', 'one-page/mastershort', 'one-page/one-pagemaster'],
        errors: [],
        said: [master, onePage, exposure({ headline: 'master' })],
      })
    })

    test.each([
      ['its tests inline', 'inline', 'master'],
      ['its tests inline, and a fallback', 'inlineAndFallback', 'wait'],
      ['its tests from the page before', 'remembered', 'master'],
    ])(
      'a client that server and page share, with %s, is first nobody’s, and then the user’s',
      async (_, name, first) => {
        expect(await start('shared', name, html[name])).toEqual({
          texts: [first, 'one-page'],
          errors: [],
          said: [['$exposure', { checkout: 'one-page' }]],
        })
      },
    )

    test('a page that the server bootstrapped is its user’s from the start', async () => {
      expect(await start('bootstrapped', html.bootstrapped, html.bootstrap)).toEqual({
        texts: ['one-page', 'one-page'],
        errors: [],
        said: [['$exposure', { checkout: 'one-page' }]],
      })
    })
  },
)

test('OpenFeature’s own hooks count a user once in each branch, and follow what changes', async () => {
  await openKit('openfeature-page', 'flags', {})
  expect(await page.evaluate('flags.hooks()')).toEqual({
    texts: ['nothing by ERROR', 'master by SPLIT', 'one-page by SPLIT', 'master by TARGETING_MATCH'],
    said: [master, onePage],
  })
  await page.close()
})
