import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Harness, keys, NOW, startQueryApi } from './testkit/server.js'

let api: Harness
beforeAll(async () => {
  api = await startQueryApi()
})
afterAll(() => api.close())

let tests = 0
let test: string
beforeEach(() => {
  test = `/v1/apps/shop/tests/t${tests++}`
})

const definition = {
  branches: [
    { name: 'master', weight: 1 },
    { name: 'new', weight: 1 },
  ],
  control: 'master',
  metrics: [{ name: 'buyers', event: 'purchase', kind: 'conversion' }],
}
const whole = {
  ...definition,
  metrics: [{ ...definition.metrics[0], direction: 'up', lookback: 14 }],
  guardrails: [],
  decision: { method: 'any-time', alpha: 0.05, plannedUsers: 5000 },
}

type Headers = Record<string, string>
async function ask(method: 'GET' | 'PUT' | 'POST', url: string, payload?: object, headers: Headers = {}) {
  const authorization = `Bearer ${keys.admin}`
  const reply = await api.server.inject({
    method,
    url,
    headers: { authorization, ...headers },
    ...(payload && { payload }),
  })
  return { status: reply.statusCode, etag: reply.headers.etag, body: reply.json(), headers: reply.headers }
}
const put = (body: object = {}, match?: string) =>
  ask('PUT', test, { ...definition, ...body }, match === undefined ? {} : { 'if-match': match })
const post = (step: string, body?: object, match?: string) =>
  ask('POST', `${test}/${step}`, body, match === undefined ? {} : { 'if-match': match })
const read = () => ask('GET', `${test}/definition`, undefined, { authorization: `Bearer ${keys.read}` })

describe('a definition', () => {
  it('is made, changed, started, stopped and put away, each time under a new version', async () => {
    const outcomes = [
      await put(),
      await put({ owner: 'ann' }, '"1"'),
      await post('start'),
      await post('stop', { ship: 'new', why: 'it sells' }, '"3"'),
      await post('archive', {}, '*'),
    ]
    expect(outcomes.map(({ status, etag, body }) => [status, etag, body.version, body.stage])).toEqual([
      [201, '"1"', 1, 'draft'],
      [200, '"2"', 2, 'draft'],
      [200, '"3"', 3, 'running'],
      [200, '"4"', 4, 'stopped'],
      [200, '"5"', 5, 'archived'],
    ])
    expect(outcomes[0]!.body).toEqual({ app: 'shop', testId: test.split('/').at(-1), version: 1, stage: 'draft' })
  })

  it('is read with its version and all it leaves out', async () => {
    const targeting = { $or: [{ country: ['de', 'at'] }, { plan: { $ne: 'free' } }] }
    const more = { targeting, coverage: 0.5, hypothesis: 'fewer\nsteps', sticky: true }
    await put(more)
    await post('start')
    await put({ ...more, owner: 'ann' }, '"2"')
    const { status, etag, body, headers } = await read()
    expect([status, etag, headers['cache-control']]).toEqual([200, '"3"', 'no-store'])
    const where = { app: 'shop', testId: test.split('/').at(-1) }
    expect(body).toEqual({
      ...where,
      version: 3,
      stage: 'running',
      phase: 2,
      definition: { ...whole, ...more, owner: 'ann' },
    })
  })

  it('tells who changed it, when and why', async () => {
    await put({ why: 'fewer steps' })
    await post('start')
    await post('stop', { ship: 'new', why: 'it sells' })
    const { body } = await ask('GET', `${test}/history`)
    const common = { at: new Date(NOW).toISOString(), by: 'admin' }
    expect(body.history).toEqual([
      { version: 1, ...common, why: 'fewer steps', what: 'define', definition: whole },
      { version: 2, ...common, what: 'start' },
      { version: 3, ...common, why: 'it sells', what: 'stop', ship: 'new' },
    ])
  })

  it('that is not there is not found', async () => {
    for (const reply of [await read(), await ask('GET', `${test}/history`), await post('start')])
      expect([reply.status, reply.body.code]).toEqual([404, 'test-not-found'])
  })
})

describe('two who write at once', () => {
  it('a new test is made once', async () => {
    const replies = await Promise.all(Array.from({ length: 5 }, () => put()))
    expect(replies.map((r) => r.status).sort()).toEqual([201, 412, 412, 412, 412])
    expect((await read()).etag).toBe('"1"')
  })

  it('one version is changed once', async () => {
    await put()
    const replies = await Promise.all(['ann', 'bo', 'cy'].map((owner) => put({ owner }, '"1"')))
    expect(replies.map((r) => [r.status, r.body.code]).sort()).toEqual([
      [200, undefined],
      [412, 'version-mismatch'],
      [412, 'version-mismatch'],
    ])
    const winner = ['ann', 'bo', 'cy'][replies.findIndex((r) => r.status === 200)]
    const { body } = await read()
    expect([body.version, body.definition.owner]).toEqual([2, winner])
  })
})

describe('a change is refused', () => {
  it.each<[string, string | undefined, string]>([
    ['without the version', undefined, 'Expected a change of version 2; one of 0 came.'],
    ['of an old version', '"1"', 'Expected a change of version 2; one of 1 came.'],
    ['of a version to come', '"3"', 'Expected a change of version 2; one of 3 came.'],
    ['of what is no version', 'two', 'Expected If-Match to name "2"; "two" came.'],
    ['of two versions', '"1", "2"', 'Expected If-Match to name "2"; ""1", "2"" came.'],
  ])('%s', async (_, match, detail) => {
    await put()
    await post('start')
    const { status, body } = await put({ owner: 'ann' }, match)
    expect([status, body.code, body.detail.replaceAll('\\', '')]).toEqual([412, 'version-mismatch', detail])
    expect((await read()).etag).toBe('"2"')
  })

  it('of any version of a test that is not there', async () => {
    for (const match of ['*', '"1"']) expect((await put({}, match)).status).toBe(412)
  })

  it.each<[string, object | undefined, number, string]>([
    ['start', undefined, 409, 'transition-invalid'],
    ['stop', { ship: 'old' }, 404, 'branch-not-found'],
    ['stop', { ship: 1 }, 400, 'definition-invalid'],
    ['archive', { ship: 'new' }, 400, 'definition-invalid'],
  ])('to %s with %j a test that runs', async (step, body, status, code) => {
    await put()
    await post('start')
    const reply = await post(step, body)
    expect([reply.status, reply.body.code]).toEqual([status, code])
  })

  it.each<[string, object, RegExp]>([
    ['a field nobody knows', { colour: 'red' }, /^body: .*"colour"/],
    [
      'a branch that events cannot name',
      { branches: [{ name: 'a@1', weight: 1 }] },
      /^branches\.0\.name: must not hold @.*"a@1" came\.$/,
    ],
    ['a control that is no branch', { control: 'old' }, /^control: must be one of the branches; "old" came\.$/],
    ['an operator nobody knows', { targeting: { country: { $like: 'd' } } }, /^targeting\.country: .*"\$like"/],
    ['a reason without end', { why: 'x'.repeat(2001) }, /^why: .*"x{60}…" came\.$/],
  ])('that says %s', async (_, body, detail) => {
    const reply = await put(body)
    expect([reply.status, reply.body.code]).toEqual([400, 'definition-invalid'])
    expect(reply.body.detail).toMatch(detail)
  })

  it('that is no definition at all', async () => {
    for (const payload of ['[]', '3', '"x"', 'null', '{}']) {
      const headers = { authorization: `Bearer ${keys.admin}`, 'content-type': 'application/json' }
      const reply = await api.server.inject({ method: 'PUT', url: test, headers, payload })
      expect([payload, reply.statusCode, reply.json().code]).toEqual([payload, 400, 'definition-invalid'])
    }
    const reply = await ask('PUT', test)
    expect([reply.status, reply.body.code]).toEqual([400, 'definition-invalid'])
  })

  it('that is too long', async () => {
    const reply = await put({ hypothesis: 'x'.repeat(300_000) })
    expect([reply.status, reply.body.code]).toEqual([413, 'body-too-large'])
  })

  it.each([
    ['$shop', 't'],
    ['shop', '$t'],
    ['shop', '__proto__'],
    ['shop', 'constructor'],
  ])('of %s / %s, which events cannot name', async (app, testId) => {
    const reply = await ask('PUT', `/v1/apps/${app}/tests/${testId}`, definition)
    expect([reply.status, reply.body.code]).toEqual([400, 'query-invalid'])
  })

  it('with any key but the admin’s', async () => {
    const as = async (key: string) => {
      const headers = { authorization: `Bearer ${key}` }
      return [await ask('PUT', test, definition, headers), await ask('POST', `${test}/start`, {}, headers)]
    }
    for (const key of [keys.read, keys.write])
      for (const { status, body } of await as(key)) expect([status, body.code]).toEqual([403, 'key-forbidden'])
    expect((await ask('GET', `${test}/definition`, undefined, { authorization: `Bearer ${keys.write}` })).status).toBe(
      403,
    )
  })
})
