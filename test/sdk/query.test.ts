import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { storeEvents, storeMoments } from '@assay/query-api/testkit/rows'
import { keys, NOW, startQueryApi } from '@assay/query-api/testkit/server'
import { createQueryClient, type QueryClient, QueryError, type Results, type TestDefinition } from '@assay/sdk/query'
import { afterAll, beforeAll, describe, expect, expectTypeOf, onTestFinished, test, vi } from 'vitest'
import { codeOf, runCode, typeErrors } from '../support/doc-code.js'
import { type OpenApi, typesOf } from '../support/schema-types.js'
import { tempDir } from '../support/temp.js'

/** Live events are a stream, `_newtest` is another system's spelling, and hooks are for Flagger: none is of the client. */
const isOfClient = (operation: string) => !/\/tail$|\/_newtest\/|\/flagger\b/.test(operation)
const schema = fileURLToPath(new URL('../../sdk/query/schema.ts', import.meta.url))

const branches = [
  { name: 'master', weight: 1 },
  { name: 'one-page', weight: 1 },
]
const definition: TestDefinition = {
  branches,
  control: 'master',
  metrics: [{ kind: 'conversion', name: 'buyers', event: 'purchase' }],
}
const moments = { event: 'purchase', users: 5000, mean: 0.2, m2: 7 }

let api: Awaited<ReturnType<typeof startQueryApi>>
let document: OpenApi
let url: string
beforeAll(async () => {
  api = await startQueryApi()
  document = (await api.server.inject('/v1/openapi.json')).json()
  url = await api.server.listen({ host: '127.0.0.1', port: 0 })
  const time = NOW - 60_000
  const tests = { checkout: 'one-page' }
  await storeEvents(api.store, [
    { time, user: 'ann', event: '$exposure', tests },
    { time, user: 'ann', event: 'purchase', value: 49.9, tests },
  ])
  await storeMoments(api.store, 'checkout', new Date(time).toISOString(), [
    { event: '', branch: 'master', users: 5000 },
    { event: '', branch: 'one-page', users: 5000 },
    { ...moments, branch: 'master', converted: 1000, sum: 1000 },
    { ...moments, branch: 'one-page', converted: 1200, sum: 1200 },
  ])
})
afterAll(() => api.close())

const clientOf = (key: string) => createQueryClient({ url: `${url}/`, key })

/** A client whose requests are kept, and answered with `{}` or what is given. */
function recorded(answer = () => Response.json({})) {
  const sent: { url: string; init: RequestInit }[] = []
  const fetch = async (url: string, init: RequestInit) => {
    sent.push({ url, init })
    return answer()
  }
  return { sent, client: createQueryClient({ url: 'https://assay.test', key: 'rk_1', fetch }) }
}

test('the types are those of the document', async () => {
  await expect(typesOf(document, isOfClient)).toMatchFileSnapshot(schema)
})

test('each operation of the document is a method of the client, and no other', async () => {
  const { client, sent } = recorded()
  const ofApp = { metrics: ['{app}'], tests: ['{app}'], canary: ['{app}'] }
  const own: Record<string, string[]> = { ...ofApp, imported: ['{app}', '{digest}'] }
  for (const [name, method] of Object.entries(client)) {
    const [app, second] = own[name] ?? ['{app}', /metric/i.test(name) ? '{name}' : '{testId}']
    const given = name === 'apps' || name === 'sql' ? [{}] : second === undefined ? [app, {}] : [app, second, {}]
    await (method as (...args: unknown[]) => Promise<unknown>)(...given)
  }
  const asked = sent.map(({ url, init }) => `${init.method} ${decodeURIComponent(new URL(url).pathname)}`)
  const offered = Object.entries(document.paths).flatMap(([path, of]) =>
    Object.keys(of).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(asked.sort()).toEqual(offered.filter(isOfClient).sort())
})

describe('a request', () => {
  test('has the key, what is asked without what is not, and names as they are', async () => {
    const { client, sent } = recorded()
    await client.results('a/b', 'ä?', { bayes: true, control: 'a&b', asOf: undefined })
    await client.stop('shop', 't', { ship: 'b' }, { ifMatch: 3 })
    await client.archive('shop', 't', undefined, { ifMatch: '*' })
    expect(sent.map(({ url }) => url.slice('https://assay.test/v1/apps/'.length))).toEqual([
      'a%2Fb/tests/%C3%A4%3F/results?bayes=true&control=a%26b',
      'shop/tests/t/stop',
      'shop/tests/t/archive',
    ])
    const authorization = 'Bearer rk_1'
    const json = { authorization, 'content-type': 'application/json' }
    expect(sent.map(({ init }) => [init.method, init.headers, init.body])).toEqual([
      ['GET', { authorization }, undefined],
      ['POST', { ...json, 'if-match': '"3"' }, '{"ship":"b"}'],
      ['POST', { ...json, 'if-match': '*' }, '{}'],
    ])
  })

  test('ends with its signal', async () => {
    const reason = new Error('enough')
    await expect(clientOf(keys.read).apps({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  test.each<[string, () => Response, object]>([
    ['a refusal for now', () => refusal({ 'retry-after': '7' }), { status: 503, code: 'queue-full', retryAfter: 7 }],
    ['a refusal', () => refusal(), { detail: 'Full.', advice: 'Wait.', message: 'Full. Wait.', retryAfter: undefined }],
    ['what is not of Assay', () => new Response('<h1>', { status: 502 }), { status: 502, code: 'not-assay' }],
    ['a page for people', () => new Response('<h1>Sign in'), { status: 200, code: 'not-assay' }],
    ['JSON of others', () => Response.json(null, { status: 500 }), { status: 500, code: 'not-assay' }],
  ])('rejects for %s', async (_, answer, expected) => {
    const error = await recorded(answer)
      .client.apps()
      .catch((thrown) => thrown)
    expect(error).toBeInstanceOf(QueryError)
    expect(error).toMatchObject({ name: 'QueryError', ...expected })
  })

  const refusal = (headers = {}) =>
    Response.json({ code: 'queue-full', detail: 'Full.', advice: 'Wait.' }, { status: 503, headers })

  test('rejects with what fetch throws where nobody answers', async () => {
    const failed = recorded(() => {
      throw new TypeError('fetch failed')
    })
    await expect(failed.client.apps()).rejects.toThrow(TypeError)
  })
})

describe('with the server', () => {
  test('a test is defined, started, read and stopped', async () => {
    const admin = clientOf(keys.admin)
    const { version } = await admin.define('shop', 'cart', { ...definition, why: 'more sales' })
    await expect(admin.define('shop', 'cart', definition, { ifMatch: version + 1 })).rejects.toMatchObject({
      ...{ status: 412, code: 'version-mismatch' },
    })
    const { definition: read } = await admin.definition('shop', 'cart')
    await admin.define('shop', 'cart', { ...read, owner: 'ann' }, { ifMatch: version })
    await admin.start('shop', 'cart')
    await admin.makeCurrent('shop', 'cart')
    expect(await admin.definition('shop', 'cart')).toMatchObject({ stage: 'running', current: true })
    await admin.stop('shop', 'cart', { ship: 'one-page', why: 'it sells' })
    await admin.archive('shop', 'cart')
    const { history } = await admin.history('shop', 'cart')
    expect(history.map(({ what, why }) => [what, why])).toEqual([
      ['define', 'more sales'],
      ...['define', 'start', 'current'].map((what) => [what, undefined]),
      ['stop', 'it sells'],
      ['archive', undefined],
    ])
  })

  test('a rollout is begun and rolled back, and told of', async () => {
    const admin = clientOf(keys.admin)
    await admin.define('shop', 'canary', { ...definition, rollout: { steps: [{ weight: 0.1 }] } })
    const { rollout } = await admin.rollout('shop', 'canary', { action: 'begin', release: '1' })
    expect(rollout).toMatchObject({ stage: 'rolling', weight: 0.1 })
    const { mark, verdict } = await admin.canary('shop')
    expect(verdict).toBe('insufficient')
    await admin.rollout('shop', 'canary', { action: 'rollback' })
    const asked = { test: 'canary', wait: 60, seen: mark }
    expect(await admin.canary('shop', asked)).toMatchObject({ verdict: 'unhealthy', stage: 'rolled-back' })
  })

  test('metrics are defined and read', async () => {
    const admin = clientOf(keys.admin)
    await admin.defineMetric('shop', 'revenue', { kind: 'sum', event: 'purchase', why: 'as agreed' })
    expect(await admin.metrics('shop')).toMatchObject({ metrics: [{ name: 'revenue', version: 1 }] })
    expect(await admin.metric('shop', 'revenue')).toMatchObject({ definition: { kind: 'sum' } })
    expect((await admin.metricHistory('shop', 'revenue')).history).toMatchObject([{ why: 'as agreed' }])
  })

  test('what came of it is read, as JSON and as rows', async () => {
    const reader = clientOf(keys.read)
    expect((await reader.apps()).apps.map(({ app }) => app)).toContain('shop')
    expect((await reader.tests('shop')).tests.map(({ testId }) => testId)).toContain('checkout')
    const { metrics } = await reader.results('shop', 'checkout', { bayes: true })
    expect(metrics[0]!.comparisons[0]).toMatchObject({ branch: 'one-page', relative: expect.closeTo(0.2, 10) })
    const { series } = await reader.series('shop', 'checkout', { event: 'purchase', bucket: 'hour' })
    expect(series.map(({ branch, points }) => [branch, points.length])).toEqual([['one-page', 1]])
    expect((await reader.users('shop', 'checkout')).users).toMatchObject([{ branch: 'one-page', n: 1, sum: 49.9 }])
    const rows = await reader.users('shop', 'checkout', { format: 'csv' })
    expect((await rows.text()).split('\r\n')[0]).toContain('branch')
    expect((await reader.sql({ query: 'SELECT {n:UInt8} + 1 AS n', params: { n: 1 } })).data).toEqual([[2]])
    expect(await reader.imported('shop', 'abc')).toEqual({ rows: 0, next: 0 })
  })

  test.each<[string, (client: QueryClient) => Promise<unknown>, object]>([
    ['a test that is not there', (c) => c.results('shop', 'none'), { status: 404, code: 'test-not-found' }],
    ['a change with a read key', (c) => c.start('shop', 'checkout'), { status: 403, code: 'key-forbidden' }],
    ['a time zone that is none', (c) => c.series('shop', 'checkout', { event: 'e', tz: 'Mars' }), { status: 400 }],
  ])('%s is refused with what to do', async (_, ask, expected) => {
    const said = { ...expected, detail: expect.any(String), advice: expect.stringMatching(/\w/) }
    await expect(ask(clientOf(keys.read))).rejects.toMatchObject(said)
  })
})

describe('docs/sdk/query.md', () => {
  const code = codeOf('docs/sdk/query.md')
  const run = async (name: string, changes: Record<string, string> = {}) => {
    const all = { 'https://assay.example.com': url, READ_KEY: keys.read, ADMIN_KEY: keys.admin, ...changes }
    const own = Object.entries(all).reduce((text, [from, to]) => text.replace(from, to), code[name]!)
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    onTestFinished(() => log.mockRestore())
    await runCode({ [name]: own }, name)
    return log.mock.calls
  }

  test('its table has each method', () => {
    const page = readFileSync(fileURLToPath(new URL('../../docs/sdk/query.md', import.meta.url)), 'utf8')
    const cells = [...page.matchAll(/^\| (`.*?) \|/gm)].map(([, cell]) => cell!)
    const told = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)(?:\([^`]*)?`/g)].map(([, name]) => name!))
    expect(told.sort()).toEqual(Object.keys(clientOf(keys.read)).sort())
  })

  test('its code has the right types', async () => {
    expect(Object.keys(code)).toEqual(['results.ts', 'users.ts', 'change.ts'])
    expect(await typeErrors(code)).toBe('')
  }, 60_000)

  test('results.ts says what came of each test', async () => {
    const said = await run('results.ts')
    expect(said).toContainEqual(['checkout', expect.any(String)])
    expect(said).toContainEqual([expect.stringContaining('purchase'), 'one-page', expect.closeTo(0.2, 10)])
  })

  test('users.ts writes a row for each user and event', async () => {
    const file = join(tempDir(), 'users.ndjson')
    await run('users.ts', { 'users.ndjson': file })
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ event: 'purchase', n: 1 })
  })

  test('change.ts is told that somebody was faster', async () => {
    const [first, second] = await run('change.ts')
    expect(first).toEqual([412, 'version-mismatch'])
    expect(second).toEqual([expect.stringContaining('version 2'), expect.any(String)])
  })
})

/** Compiled, and never run. */
export function whatMustNotCompile(client: QueryClient) {
  // @ts-expect-error a client needs a key
  createQueryClient({ url: '' })
  // @ts-expect-error a test is of an app
  client.results('shop')
  // @ts-expect-error what is asked is spelt right
  client.results('shop', 'checkout', { contrl: 'master' })
  // @ts-expect-error a series is of an event
  client.series('shop', 'checkout', {})
  // @ts-expect-error buckets are known ones
  client.series('shop', 'checkout', { event: 'purchase', bucket: 'minute' })
  // @ts-expect-error forms are known ones
  client.users('shop', 'checkout', { format: 'xlsx' })
  // @ts-expect-error a test has branches
  client.define('shop', 'checkout', { control: 'master', metrics: [] })
  // @ts-expect-error metrics are of known kinds
  client.defineMetric('shop', 'revenue', { kind: 'total', event: 'purchase' })
  // @ts-expect-error a version is a number
  client.start('shop', 'checkout', {}, { ifMatch: '"3"' })
  // @ts-expect-error nothing is shipped by a start
  client.start('shop', 'checkout', { ship: 'one-page' })
}

test('answers have the types of the document', () => {
  expectTypeOf<Results['metrics'][number]['comparisons'][number]['effect']>().toEqualTypeOf<number | null>()
  expectTypeOf<QueryClient['history']>().parameters.toExtend<[app: string, testId: string, ...unknown[]]>()
  const read = (client: QueryClient) => client.users('shop', 'checkout', { format: 'csv' })
  expectTypeOf(read).returns.resolves.toEqualTypeOf<Response>()
})
