import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from '@assay/core/config/config'
import { createKeys, type Keys } from '@assay/core/keys'
import { calls } from '@assay/ingest/formats/segment-request'
import { importFile } from 'assay/import/import'
import { type Served, serve } from 'assay/serve'
import { stages } from 'assay/stages'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { makeTempDir } from '../support/temp.js'

// Every route of a whole server, found as it is registered, against the key of an app.

interface Route {
  method: string
  url: string
}

const [all, web, game] = [createKeys(), createKeys(), createKeys()]
const file: Keys = { ...all, apps: { web, game } }

let data: ReturnType<typeof makeTempDir>
let server: Served
const routes: Route[] = []

function walk(message: unknown): void {
  const { fastify } = message as { fastify: FastifyInstance }
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.push({ method: one, url })
  })
}

beforeAll(async () => {
  data = makeTempDir()
  mkdirSync(data.path, { recursive: true })
  writeFileSync(join(data.path, 'keys.json'), JSON.stringify(file))
  subscribe('fastify.initialization', walk)
  server = await serve({ stages, data: data.path, host: '127.0.0.1', port: 0, config: readConfig({}) })
  unsubscribe('fastify.initialization', walk)
  const events = ['web', 'game'].flatMap((app) =>
    ['$exposure', 'buy'].map((event) => ({ app, user: 'ann', event, testId: 't', branch: 'a' })),
  )
  expect((await ask({ method: 'POST', url: '/v1/events' }, all.write, JSON.stringify(events))).status).toBe(202)
  for (const app of ['web', 'game']) await ask({ method: 'GET', url: `/_newtest/${app}/made?branches=a,b` }, all.admin)
  await vi.waitFor(async () => expect((await status()).aggregator.fresh).toBe(true), 20_000)
})
afterAll(async () => {
  await server.close()
  data.remove()
})

async function ask({ method, url }: Route, key?: string, body?: string) {
  const headers = {
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  }
  const leave = new AbortController()
  const options = { method, headers, signal: leave.signal, ...(body !== undefined && { body }) }
  const reply = await fetch(server.url + url, options)
  // Streams of events do not end by themselves.
  const text = /\bjson\b/.test(reply.headers.get('content-type') ?? '') ? await reply.text() : ''
  leave.abort()
  const json = text === '' ? {} : JSON.parse(text)
  return { status: reply.status, code: json.code as string | undefined, json, text }
}

const status = async () => (await ask({ method: 'GET', url: '/v1/status' }, all.read)).json

/** The address of a route, about this app. */
const about = ({ method, url }: Route, app: string): Route => ({
  method,
  url: url.replace(':app', app).replace(/:(testId|name|digest)/, 't'),
})
const bodyOf = ({ method }: Route) => (/^(PUT|POST)$/.test(method) ? '{}' : undefined)
const knock = (route: Route, app: string, key?: string) => ask(about(route, app), key, bodyOf(route))

const isOpen = ({ method, url }: Route) => method === 'OPTIONS' || /^\/(live|ready|v1\/(docs|openapi\.json))/.test(url)
/** Flagger takes 403 for no, which is what it is told of an app without a rollout. */
const saysNo = ({ url }: Route) => url.includes('/canary/flagger/')
const limitsItself = ({ url }: Route) =>
  ['/v1/apps', '/v1/events', ...calls.flatMap((call) => [`/v1/${call}`, `/v1/${call[0]}`])].includes(url)
const ofAnApp = () => routes.filter(({ url }) => url.includes(':app')).filter((route) => !isOpen(route))
const ofAll = () => routes.filter((route) => !isOpen(route) && !limitsItself(route) && !route.url.includes(':app'))
const shown = ({ method, url }: Route) => `${method} ${url}`

/** What the door says, or nothing if it lets pass. */
const door = (code: string | undefined) =>
  /^(key|app)-/.test(code ?? '') && code !== 'app-not-found' ? code : 'passes'

describe('each route', () => {
  test('is one that this knows: of one app, of all, or limiting itself', async () => {
    const documented = Object.keys((await ask({ method: 'GET', url: '/v1/openapi.json' })).json.paths)
    const known = new Set(routes.map(({ url }) => url.replace(/:(\w+)/g, '{$1}')))
    expect(documented.filter((path) => !known.has(path))).toEqual([])
    expect(ofAnApp().length).toBeGreaterThan(30)
    expect(ofAll().map(shown).sort()).toEqual([
      'GET /v1/admin/backup',
      ...['assay.control', 'assay.events', 'assay.quarantine', 'moments'].map((part) => `GET /v1/admin/backup/${part}`),
      'GET /v1/status',
      'HEAD /v1/admin/backup',
      ...['assay.control', 'assay.events', 'assay.quarantine', 'moments'].map(
        (part) => `HEAD /v1/admin/backup/${part}`,
      ),
      'HEAD /v1/status',
      'POST /v1/admin/replay',
      'POST /v1/sql',
    ])
  })

  test('needs a key, unless it tells of no app', async () => {
    const guarded = routes.filter((route) => !isOpen(route))
    const answers = await Promise.all(guarded.map(async (route) => [shown(route), (await knock(route, 'web')).status]))
    // Events in Segment's format may bring the key in the body, which is looked at first.
    expect(answers.filter(([, code]) => code !== 401)).toEqual([])
  })

  test('of an app lets its own key pass, and the key of all', async () => {
    for (const route of ofAnApp()) {
      for (const key of [web.admin, all.admin]) {
        const { status, code } = await knock(route, 'web', key)
        expect([shown(route), door(code), status === 403]).toEqual([shown(route), 'passes', saysNo(route)])
      }
    }
  })

  test('of an app answers the key of another alike, whether there is such an app or not', async () => {
    for (const route of ofAnApp()) {
      const answers = await Promise.all(['game', 'none', '%00', '__proto__'].map((app) => knock(route, app, web.admin)))
      const [first, ...others] = answers
      expect([shown(route), first!.status]).toEqual([shown(route), 403])
      if (route.method !== 'HEAD') expect(first!.code).toBe('app-forbidden')
      expect(others).toEqual(others.map(() => first))
    }
  })

  test('of all apps refuses the key of one', async () => {
    for (const route of ofAll()) {
      const { status, code } = await knock(route, 'web', web.admin)
      const expected = route.method === 'HEAD' ? undefined : 'app-forbidden'
      expect([shown(route), status, code]).toEqual([shown(route), 403, expected])
    }
  })
})

test('SQL says why it is closed to the key of an app', async () => {
  const { json } = await ask({ method: 'POST', url: '/v1/sql' }, web.read, '{"query":"SELECT 1"}')
  expect(json.detail).toBe('This is of all apps; the key that came is for "web" alone.')
})

test.each<[string, string, string[]]>([
  ['of an app lists it alone', web.read, ['web']],
  ['of another lists that', game.admin, ['game']],
  ['of all lists all', all.read, ['game', 'web']],
])('a key %s', async (_, key, expected) => {
  const { json } = await ask({ method: 'GET', url: '/v1/apps' }, key)
  expect(json.apps.map(({ app, events }: { app: string; events: number }) => [app, events])).toEqual(
    expected.map((app) => [app, 2]),
  )
})

test('what a key of an app is told is what the key of all is', async () => {
  for (const url of ['/v1/apps/web/tests', '/v1/apps/web/tests/t/results', '/v1/apps/web/tests/made/definition']) {
    const [own, whole] = [await ask({ method: 'GET', url }, web.read), await ask({ method: 'GET', url }, all.read)]
    expect([own.status, own.text]).toEqual([200, whole.text])
  }
})

test('an import is of the app whose keys it has, or fails', async () => {
  const table = join(data.path, 'users.csv')
  writeFileSync(table, 'id,v\nu1,a\nu2,b\n')
  const at = (key: string) => ({ url: server.url, key })
  const bring = (app: string) =>
    importFile(at(web.write), at(web.read), table, {
      ...{ events: false, app, test: 'gate', user: 'id', branch: 'v', metric: [], quiet: true },
    })
  expect(await bring('web')).toMatchObject({ events: 2 })
  await expect(bring('game')).rejects.toMatchObject({ reason: 'app-forbidden' })
})

test('a server takes the keys its file has from now on', async () => {
  const fresh = createKeys()
  writeFileSync(join(data.path, 'keys.json'), JSON.stringify({ ...all, apps: { game, fresh } }))
  const url = '/v1/apps/fresh/metrics'
  await vi.waitFor(
    async () => expect((await ask({ method: 'GET', url }, fresh.read)).code).toBe('app-not-found'),
    20_000,
  )
  expect((await ask({ method: 'GET', url: '/v1/apps' }, web.read)).code).toBe('key-invalid')
})
