import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Client } from '../client.js'
import type { Consent } from '../options.js'
import { App } from '../testkit/app.js'
import { FakePage } from '../testkit/fake-page.js'

const tests = { checkout: { branches: [{ name: 'one-page', weight: 1 }], sticky: true } }

let app: App
let page: FakePage
beforeEach(() => {
  app = new App({ config: { tests }, refresh: 0 })
  page = new FakePage()
})
afterEach(() => vi.unstubAllGlobals())

const open = (consent: Consent) => app.open({ consent })

/** What a user and an app do, one letter each; `.` is the next page. */
const acts: Record<string, (client: Client) => unknown> = {
  g: (client) => client.consent('granted'),
  p: (client) => client.consent('pending'),
  d: (client) => client.consent('denied'),
  a: (client) => client.assign('checkout'),
  t: (client) => client.track('view'),
  i: (client) => client.identify('ann'),
  r: (client) => client.reset(),
  c: (client) => client.close(),
}

const first: Record<string, Consent> = { g: 'granted', p: 'pending', d: 'denied' }

/**
 * @param steps how consent is at first, then what happens
 * @returns what the server has, whose cookie there is (`-` nobody's, `0` the first user's, `1` the one's after a reset),
 * and what the session says was told
 */
async function after(steps: string): Promise<string> {
  const users: string[] = []
  let client: Client | undefined
  for (const step of steps) {
    if (!client || step === '.') client = open(first[steps[0]!]!)
    else await acts[step]!(client)
    await client.flush()
    if (!users.includes(client.user)) users.push(client.user)
  }
  const short: Record<string, string> = { $exposure: 'A', view: 'T', $identify: 'I' }
  const events = app.server.events.map(({ event, user, tests }) => {
    const isCounted = event === 'view' && tests!.checkout
    return `${short[event]}${isCounted ? '+' : ''}${users.indexOf(user)}`
  })
  const [, user] = /^1\.([^|]*)/.exec(page.cookies.get('assay') ?? '') ?? []
  const told = Object.entries(page.session).map(([key, text]) => `${users.indexOf(key.slice(11))}${text}`)
  return [events.join(' ') || '-', user ? users.indexOf(user) : '-', told.join(' ') || '-'].join(' | ')
}

const TOLD = '{"checkout":"one-page"}'
describe('what is sent, whose cookie there is, what the session was told', () => {
  test.each([
    // Consent alone.
    ['g', '- | 0 | 0{}'],
    ['p', '- | - | -'],
    ['d', '- | - | -'],
    ['pg', '- | 0 | 0{}'],
    ['gd', '- | - | -'],
    ['gp', '- | 0 | 0{}'],
    // What is told: at once, held, given up.
    ['gati', `A0 T+0 I0 | 0 | 0${TOLD}`],
    ['pati', '- | - | -'],
    ['dati', '- | - | -'],
    ['patig', `A0 T+0 I0 | 0 | 0${TOLD}`],
    ['patid', '- | - | -'],
    ['patidg', '- | 0 | 0{}'],
    // What was given up, or was never said, is said when it comes again.
    ['patidgati', `A0 T+0 I0 | 0 | 0${TOLD}`],
    ['diagai', `A0 I0 | 0 | 0${TOLD}`],
    ['gaidgai', `A0 I0 A0 I0 | 0 | 0${TOLD}`],
    ['pai.g', '- | 1 | 1{}'],
    ['patidgt', 'T0 | 0 | 0{}'],
    // And else not.
    ['gaiaggai', `A0 I0 | 0 | 0${TOLD}`],
    ['paiagai', `A0 I0 | 0 | 0${TOLD}`],
    ['ga.at', `A0 T+0 | 0 | 0${TOLD}`],
    // Pending again.
    ['gpati', '- | 0 | 0{}'],
    ['gpatig', `A0 T+0 I0 | 0 | 0${TOLD}`],
    ['gapatd', 'A0 | - | -'],
    // Somebody else.
    ['gar', 'A0 | 1 | 1{}'],
    ['garat', `A0 A1 T+1 | 1 | 1${TOLD}`],
    ['parag', `A0 A1 | 1 | 1${TOLD}`],
    ['prag.a', `A1 | 1 | 1${TOLD}`],
    ['gaprg', 'A0 | 1 | 1{}'],
    ['gapr.g', 'A0 | 2 | 2{}'],
    ['gadr', 'A0 | - | -'],
    ['gadrga', `A0 A1 | 1 | 1${TOLD}`],
    // Closed for good.
    ['patc', '- | - | -'],
    ['patcg', '- | - | -'],
    ['patcgat', '- | - | -'],
    ['gacd', 'A0 | - | -'],
    ['gact', `A0 | 0 | 0${TOLD}`],
    ['dcg', '- | - | -'],
    ['gcat.at', `A0 T+0 | 0 | 0${TOLD}`],
  ])('%s: %s', async (steps, found) => {
    expect(await after(steps)).toBe(found)
    expect(app.errors).toEqual([])
  })
})
