import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { metricExamples } from './metric-examples.js'
import { storeEvents } from './testkit/rows.js'
import { type Harness, keys, NOW, startQueryApi } from './testkit/server.js'

let api: Harness
beforeAll(async () => {
  api = await startQueryApi()
})
afterAll(() => api.close())

let apps = 0
let app: string
beforeEach(() => {
  app = `shop${apps++}`
})

type Headers = Record<string, string>
async function ask(method: 'GET' | 'PUT' | 'POST', path: string, payload?: object, headers: Headers = {}) {
  const authorization = `Bearer ${method === 'GET' ? keys.read : keys.admin}`
  const reply = await api.server.inject({
    method,
    url: `/v1/apps/${app}${path}`,
    headers: { authorization, ...headers },
    ...(payload && { payload }),
  })
  return { status: reply.statusCode, etag: reply.headers.etag, body: reply.json(), headers: reply.headers }
}
const get = (path: string) => ask('GET', path)
const put = (name: string, body: object, match?: string) =>
  ask('PUT', `/metrics/${encodeURIComponent(name)}`, body, match === undefined ? {} : { 'if-match': match })
const test = (testId: string, body: object) => {
  const branches = ['master', 'new'].map((name) => ({ name, weight: 1 }))
  return ask('PUT', `/tests/${testId}`, { branches, control: 'master', metrics: [], ...body })
}

const buyers = { kind: 'conversion', event: 'purchase' }
const whole = { name: 'buyers', ...buyers, direction: 'up', lookback: 14 }

describe('a metric of an app', () => {
  it('is made and changed, each time under a new version', async () => {
    const outcomes = [
      await put('buyers', buyers),
      await put('buyers', { ...whole, window: { to: 7 } }, '"1"'),
      await put('buyers', buyers, '*'),
    ]
    expect(outcomes.map(({ status, etag, body }) => [status, etag, body])).toEqual([
      [201, '"1"', { app, name: 'buyers', version: 1 }],
      [200, '"2"', { app, name: 'buyers', version: 2 }],
      [200, '"3"', { app, name: 'buyers', version: 3 }],
    ])
  })

  it.each(Object.entries(metricExamples))('of kind %s is read as it was sent', async (kind, { value }) => {
    const { why: _, ...sent } = { why: '', ...value }
    expect((await put(kind, value)).status).toBe(201)
    const { status, etag, body, headers } = await get(`/metrics/${kind}`)
    expect([status, etag, headers['cache-control']]).toEqual([200, '"1"', 'no-store'])
    expect(body).toMatchObject({ app, name: kind, version: 1, tests: [], definition: { name: kind, ...sent } })
    // What was read can be sent back.
    expect((await put(kind, body.definition, etag as string)).status).toBe(200)
    expect((await get(`/metrics/${kind}`)).body.definition).toEqual(body.definition)
  })

  it('may have any name that an event may', async () => {
    for (const name of ['buyers / week', 'größe', '__proto__']) {
      expect((await put(name, buyers)).status).toBe(201)
      expect((await get(`/metrics/${encodeURIComponent(name)}`)).body.definition.name).toBe(name)
    }
  })

  it('tells who changed it, when and why', async () => {
    await put('buyers', { ...buyers, why: 'as agreed' })
    await put('buyers', { ...buyers, direction: 'down' }, '"1"')
    const { body } = await get('/metrics/buyers/history')
    const common = { at: new Date(NOW).toISOString(), by: 'admin' }
    expect(body).toEqual({
      app,
      name: 'buyers',
      history: [
        { version: 1, ...common, why: 'as agreed', definition: whole },
        { version: 2, ...common, definition: { ...whole, direction: 'down' } },
      ],
    })
  })

  it('that is not there is not found', async () => {
    await put('buyers', buyers)
    for (const path of ['/metrics/none', '/metrics/none/history', '/metrics/constructor']) {
      const { status, body } = await get(path)
      expect([status, body.code]).toEqual([404, 'metric-not-found'])
    }
  })
})

describe('all metrics of an app', () => {
  it('are told with the tests that name them', async () => {
    await put('visits', { kind: 'count', event: 'view' })
    await put('buyers', buyers)
    await put('errors', { kind: 'count', event: 'error', direction: 'down' })
    await test('b', { metrics: ['buyers'], guardrails: ['errors'] })
    await test('a', { metrics: [{ ...whole, name: 'visits' }, 'buyers'] })
    await ask('POST', '/tests/a/start')
    const { metrics } = (await get('/metrics')).body
    expect(
      metrics.map(({ name, version, tests, definition }: Record<string, unknown>) => [
        name,
        version,
        tests,
        definition === undefined,
      ]),
    ).toEqual([
      [
        'buyers',
        1,
        [
          { testId: 'a', stage: 'running' },
          { testId: 'b', stage: 'draft' },
        ],
        false,
      ],
      ['errors', 1, [{ testId: 'b', stage: 'draft' }], false],
      // A test's own metric of that name is another one.
      ['visits', 1, [], false],
    ])
    expect((await get('/metrics/errors')).body.tests).toEqual([{ testId: 'b', stage: 'draft' }])
  })

  it('are none where only events or tests are known, and not found where nothing is', async () => {
    expect((await get('/metrics')).body.code).toBe('app-not-found')
    await storeEvents(api.store, [{ app, time: NOW }])
    expect((await get('/metrics')).body).toEqual({ app, metrics: [] })
    app += '-defined'
    await test('a', {})
    expect((await get('/metrics')).body).toEqual({ app, metrics: [] })
  })
})

describe('a change is refused', () => {
  it.each<[string, string | undefined, string]>([
    ['without the version', undefined, 'Expected a change of version 2; one of 0 came.'],
    ['of an old version', '"1"', 'Expected a change of version 2; one of 1 came.'],
    ['of what is no version', 'two', 'Expected If-Match to name "2"; "two" came.'],
  ])('%s', async (_, match, detail) => {
    await put('buyers', buyers)
    await put('buyers', buyers, '"1"')
    const { status, body } = await put('buyers', whole, match)
    expect([status, body.code, body.detail.replaceAll('\\', '')]).toEqual([412, 'version-mismatch', detail])
    expect((await get('/metrics/buyers')).etag).toBe('"2"')
  })

  it('to all but one of those who write at once', async () => {
    const replies = await Promise.all(Array.from({ length: 5 }, () => put('buyers', buyers)))
    expect(replies.map((r) => r.status).sort()).toEqual([201, 412, 412, 412, 412])
  })

  it('under another name than the address’s', async () => {
    const { status, body } = await put('buyers', { ...buyers, name: 'shoppers' })
    expect([status, body.code, body.detail]).toEqual([
      400,
      'definition-invalid',
      'name: must be "buyers" as in the address, or left out; "shoppers" came.',
    ])
  })

  it('with any key but the admin’s', async () => {
    for (const key of [keys.read, keys.write]) {
      const { status, body } = await ask('PUT', '/metrics/buyers', buyers, { authorization: `Bearer ${key}` })
      expect([status, body.code]).toEqual([403, 'key-forbidden'])
    }
    for (const path of ['/metrics', '/metrics/buyers', '/metrics/buyers/history']) {
      const { status } = await ask('GET', path, undefined, { authorization: `Bearer ${keys.write}` })
      expect(status).toBe(403)
    }
  })

  it.each(['[]', '3', '"x"', 'null', '{}'])('that is %s', async (payload) => {
    const headers = { authorization: `Bearer ${keys.admin}`, 'content-type': 'application/json' }
    const reply = await api.server.inject({ method: 'PUT', url: `/v1/apps/${app}/metrics/m`, headers, payload })
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'definition-invalid'])
  })

  it('that is too long', async () => {
    const { status, body } = await put('buyers', { ...buyers, why: 'x'.repeat(300_000) })
    expect([status, body.code]).toEqual([413, 'body-too-large'])
  })
})

describe('what is wrong is named down to the field', () => {
  const steps = [{ event: 'view' }, { event: 'buy' }]
  const count = (change: object) => ({ kind: 'count', event: 'buy', ...change })
  const filtered = (filter: unknown) => count({ filter })
  const operators = '$eq, $ne, $in, $nin, $gt, $gte, $lt, $lte, $startsWith, $endsWith, $contains, $exists'

  it.each<[object, string]>([
    [
      { event: 'buy' },
      'kind: must be one of conversion, retention, count, sum, mean, ratio, quantile, funnel; nothing came.',
    ],
    [
      count({ kind: 'feeling' }),
      'kind: must be one of conversion, retention, count, sum, mean, ratio, quantile, funnel; "feeling" came.',
    ],
    [count({ window: { from: 7, to: 3 } }), 'window.to: must be above from; "3" came.'],
    [count({ window: { to: 500 } }), 'window.to: Too big: expected number to be <=400; "500" came.'],
    [count({ window: { from: -1, to: 3 } }), 'window.from: Too small: expected number to be >=0; "-1" came.'],
    [count({ window: 7 }), 'window: Invalid input: expected object, received number; "7" came.'],
    [count({ window: {} }), 'window.to: Invalid input: expected number, received undefined; nothing came.'],
    [{ kind: 'retention' }, 'window: Invalid input: expected object, received undefined; nothing came.'],
    [{ kind: 'funnel' }, 'steps: Invalid input: expected array, received undefined; nothing came.'],
    [{ kind: 'funnel', steps: [] }, 'steps: Too small: expected array to have >=2 items; 0 values came.'],
    [{ kind: 'funnel', steps: steps.slice(1) }, 'steps: Too small: expected array to have >=2 items; 1 value came.'],
    [
      { kind: 'funnel', steps: ['view', 'buy'] },
      'steps.0: Invalid input: expected object, received string; "view" came.',
    ],
    [
      { kind: 'funnel', steps: [...steps, {}] },
      'steps.2.event: Invalid input: expected string, received undefined; nothing came.',
    ],
    [
      { kind: 'funnel', steps: [...steps, { event: 'x', filter: { a: { $gt: true } } }] },
      'steps.2.filter.a.$gt: must be a number or a text; "true" came.',
    ],
    [
      { kind: 'ratio', numerator: { event: 'a' } },
      'denominator: Invalid input: expected object, received undefined; nothing came.',
    ],
    [
      { kind: 'ratio', numerator: { event: 'a', of: 'mean' }, denominator: { event: 'b' } },
      'numerator.of: Invalid option: expected one of "count"|"sum"|"users"; "mean" came.',
    ],
    [
      { kind: 'quantile', event: 'load' },
      'quantile: Invalid input: expected number, received undefined; nothing came.',
    ],
    [{ kind: 'quantile', event: 'load', quantile: 95 }, 'quantile: Too big: expected number to be <1; "95" came.'],
    [filtered({ plan: { $like: 'x' } }), `filter.plan: must use only ${operators}; "$like" came.`],
    [filtered({ version: { $versionGte: '2' } }), `filter.version: must use only ${operators}; "$versionGte" came.`],
    [filtered({ plan: {} }), `filter.plan: must hold at least one operator of ${operators}; another value came.`],
    [filtered({ age: { $gt: true } }), 'filter.age.$gt: must be a number or a text; "true" came.'],
    [
      filtered({ $or: [{ a: 1 }, { b: { $in: 3 } }] }),
      'filter.$or.1.b.$in: Invalid input: expected array, received number; "3" came.',
    ],
    [
      filtered({ a: [[1]] }),
      'filter.a.0: must be a text of up to 256 characters, a finite number, true or false; 1 value came.',
    ],
    [filtered({ $not: [] }), 'filter.$not: must name attributes, or be one of $and, $or, $nor; 0 values came.'],
    [filtered('phone'), 'filter: Invalid input: expected object, received string; "phone" came.'],
    [count({ cap: { percentile: 0.5 } }), 'cap.percentile: Too small: expected number to be >=0.9; "0.5" came.'],
    [count({ cap: { value: 'x' } }), 'cap.value: Invalid input: expected number, received string; "x" came.'],
    [
      count({ cap: { value: 1, percentile: 0.99 } }),
      'cap: must be {"value"} or {"percentile"}, the latter from 0.9 to below 1; another value came.',
    ],
    ...[{}, { percent: 99 }, { value: null, percentile: null }].map((cap): [object, string] => [
      count({ cap }),
      'cap: must be {"value"} or {"percentile"}, the latter from 0.9 to below 1; another value came.',
    ]),
    [count({ cap: 5 }), 'cap: must be {"value"} or {"percentile"}, the latter from 0.9 to below 1; "5" came.'],
    [count({ minEffect: 5 }), 'minEffect: Too big: expected number to be <1; "5" came.'],
    [count({ margin: 0 }), 'margin: Too small: expected number to be >0; "0" came.'],
    [count({ direction: 'left' }), 'direction: Invalid option: expected one of "up"|"down"; "left" came.'],
    [count({ lookback: -1 }), 'lookback: Too small: expected number to be >=0; "-1" came.'],
    [count({ event: '' }), 'event: Too small: expected string to have >=1 characters; "" came.'],
    [count({ colour: 'red' }), 'body: Unrecognized key: "colour".'],
    [{ ...buyers, cap: { value: 1 } }, 'body: Unrecognized key: "cap".'],
  ])('%j', async (body, detail) => {
    const alone = await put('m', body)
    expect([alone.status, alone.body.code, alone.body.detail]).toEqual([400, 'definition-invalid', detail])
    const { why: _, ...metric } = { why: '', name: 'm', ...body }
    const inTest = await test('t', { guardrails: [metric] })
    const place = detail.startsWith('body: ') ? detail.replace('body', 'guardrails.0') : `guardrails.0.${detail}`
    expect(inTest.body.detail).toBe(place)
  })
})
