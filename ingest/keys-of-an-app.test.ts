import { KeyRing } from '@assay/core/key-ring'
import { createKeys } from '@assay/core/keys'
import type { InjectOptions } from 'fastify'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Harness, keys, startIngest } from './testkit/server.js'

const [web, game] = [createKeys(), createKeys()]
const ring = new KeyRing({ ...keys, apps: { web, game } })

let ingest: Harness
beforeEach(async () => {
  ingest = await startIngest({ keys: ring })
})

const of = (app: string, user = 'ann') => ({ app, user, event: 'buy' })
const bearer = (key: string): InjectOptions => ({ headers: { authorization: `Bearer ${key}` } })

async function send(body: unknown, request: InjectOptions) {
  const reply = await ingest.post(body, request)
  const { code, rejected = [] } = reply.json<{ code?: string; rejected?: { index: number; code: string }[] }>()
  const refused = rejected.map((one) => `${one.index} ${one.code}`)
  return { status: reply.statusCode, code, refused, stored: ingest.log.events.map(({ app }) => app) }
}

describe('a batch', () => {
  const [A, B] = [of('web'), of('game')]
  const forbidden = (...at: number[]) => at.map((index) => `${index} app-forbidden`)

  it.each<[string, string, unknown, object]>([
    ['of its app', web.write, [A, A], { status: 202, refused: [], stored: ['web', 'web'] }],
    ['of its app, by the admin key', web.admin, A, { status: 202, refused: [], stored: ['web'] }],
    ['of both apps', web.write, [A, B, A], { status: 202, refused: forbidden(1), stored: ['web', 'web'] }],
    ['of both apps, by the other’s key', game.write, [A, B, A], { refused: forbidden(0, 2), stored: ['game'] }],
    ['of both apps, by the key of all', keys.write, [A, B], { status: 202, refused: [], stored: ['web', 'game'] }],
    ['of another app', web.write, B, { status: 403, code: 'app-forbidden', refused: forbidden(0), stored: [] }],
    ['of other apps alone', web.write, [B, of('x')], { status: 403, code: 'app-forbidden', refused: forbidden(0, 1) }],
    [
      'of another app and of nonsense',
      web.write,
      [B, {}],
      { status: 400, code: 'no-valid-event', refused: ['0 app-forbidden', '1 event-invalid'], stored: [] },
    ],
    ['of names that every object has', web.write, [of('__proto__'), of('constructor')], { refused: forbidden(0, 1) }],
    ['that needs escaping', web.write, [of('game', 'a"b'), of('web', 'a"b')], { refused: forbidden(0) }],
    ['in an envelope', web.write, { sentAt: 1, events: [A, B] }, { refused: forbidden(1), stored: ['web'] }],
    ['by a read key of its app', web.read, A, { status: 403, code: 'key-forbidden', stored: [] }],
  ])('%s', async (_, key, body, expected) => {
    expect(await send(body, bearer(key))).toMatchObject(expected)
  })

  it('says which app was expected, and which came', async () => {
    const reply = await ingest.post([B], bearer(web.write))
    const detail = 'Expected an event of "web", the one app of the key; one of "game" came.'
    expect(reply.json()).toMatchObject({ detail, rejected: [{ index: 0, code: 'app-forbidden', message: detail }] })
  })

  it('of an app that exists is refused as one of an app that does not', async () => {
    const limits = { apps: 1, testsPerApp: 1 }
    ingest = await startIngest({ keys: ring, limits, knownTests: [{ app: 'game', test: 't' }] })
    const tests = { t: 'a', u: 'a' }
    for (const app of ['game', 'none']) {
      const { rejected } = (await ingest.post([{ ...of(app), tests }], bearer(web.write))).json()
      expect(rejected[0].message.replace(app, 'APP')).toContain('the one app of the key; one of "APP" came')
    }
  })
})

describe('other formats', () => {
  const track = (app: string) => ({ type: 'track', event: 'buy', userId: 'ann', context: { app: { name: app } } })
  const cloud = (app: string) => ({
    ...{ specversion: '1.0', id: '1', source: '/', type: 'buy', subject: 'ann' },
    data: { app },
  })
  const basic = (key: string) => ({ authorization: `Basic ${btoa(`${key}:`)}` })
  const types = 'application/cloudevents'

  it.each<[string, InjectOptions, unknown, object]>([
    [
      'Segment’s batch',
      { url: '/v1/batch', headers: basic(web.write) },
      { batch: [track('web'), track('game')] },
      { status: 200, refused: ['1 app-forbidden'], stored: ['web'] },
    ],
    [
      'Segment’s call with the key in the body',
      { url: '/v1/track', headers: { authorization: '' } },
      { ...track('game'), writeKey: web.write },
      { status: 403, code: 'app-forbidden', stored: [] },
    ],
    [
      'the short address of its library for pages, with the app in the query',
      { url: `/v1/t?app=game&key=${web.write}`, headers: { authorization: '' } },
      track('web'),
      { status: 403, code: 'app-forbidden', stored: [] },
    ],
    [
      'a beacon',
      { url: `/v1/events?key=${web.write}`, headers: { authorization: '', 'content-type': 'text/plain' } },
      [of('web'), of('game')],
      { status: 202, refused: ['1 app-forbidden'], stored: ['web'] },
    ],
    [
      'CloudEvents with the app in the query',
      { url: '/v1/events?app=game', headers: { ...bearer(web.write).headers, 'content-type': `${types}+json` } },
      cloud('web'),
      { status: 403, code: 'app-forbidden', stored: [] },
    ],
  ])('%s', async (_, request, body, expected) => {
    expect(await send(body, request)).toMatchObject(expected)
  })
})

it('each key has a rate of its own', async () => {
  ingest = await startIngest({ keys: ring, limits: { eventsPerSecond: 1, eventBurst: 1 } })
  const statuses = []
  for (const [key, app] of [
    [web.write, 'web'],
    [web.write, 'web'],
    [game.write, 'game'],
    [keys.write, 'web'],
  ] as const)
    statuses.push((await ingest.post([of(app), of(app)], bearer(key))).statusCode)
  expect(statuses).toEqual([202, 429, 202, 202])
})

it.each([
  ['its app', web.write, 'web', 200, undefined],
  ['its app, by the admin key', web.admin, 'web', 200, undefined],
  ['its app, by the read key', web.read, 'web', 403, 'key-forbidden'],
  ['another', web.write, 'game', 403, 'app-forbidden'],
  ['one that is none', web.write, 'none', 403, 'app-forbidden'],
  ['one that cannot be', web.write, '%00', 403, 'app-forbidden'],
  ['any, by the key of all', keys.write, 'game', 200, undefined],
])('the config of %s', async (_, key, app, status, code) => {
  for (const accept of ['application/json', ...(status === 200 ? [] : ['text/event-stream'])]) {
    const reply = await ingest.server.inject({ url: `/v1/apps/${app}/config?key=${key}`, headers: { accept } })
    expect([reply.statusCode, reply.json().code]).toEqual([status, code])
  }
})
