import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
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

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT'
async function ask(method: Method, url: string, payload?: object, key = keys.admin) {
  const headers = { authorization: `Bearer ${key}` }
  const reply = await api.server.inject({ method, url, headers, ...(payload && { payload }) })
  return { status: reply.statusCode, headers: reply.headers, body: method === 'HEAD' ? null : reply.json() }
}
const newTest = (testId: string, branches: string, method: Method = 'GET') =>
  ask(method, `/_newtest/${app}/${testId}?${new URLSearchParams({ branches })}`)
const at = (testId: string, step = '') => `/v1/apps/${app}/tests/${testId}${step}`
const read = (testId: string, what = 'definition') => ask('GET', at(testId, `/${what}`), undefined, keys.read)
const put = (testId: string, more: object = {}) => ask('PUT', at(testId), { ...draft, ...more })
const draft = {
  branches: ['master', 'test'].map((name) => ({ name, weight: 1 })),
  control: 'master',
  metrics: [],
}

/** The id and stage of each test, the current one with a star. */
async function listed(): Promise<string[]> {
  const { body } = await ask('GET', `/v1/apps/${app}/tests`, undefined, keys.read)
  type Listed = { testId: string; stage: string; current?: true }
  return body.tests.map(({ testId, stage, current }: Listed) => `${testId} ${stage}${current ? '*' : ''}`)
}

describe('/_newtest', () => {
  it.each<[Method, string, string[], string]>([
    ['GET', 'master,test', ['master', 'test'], 'master'],
    ['POST', 'test,master,third', ['test', 'master', 'third'], 'master'],
    ['GET', 'old, new', ['old', 'new'], 'old'],
    ['POST', 'alone', ['alone'], 'alone'],
  ])('%s with %s makes a running test, which is the current one', async (method, branches, names, control) => {
    const { status, headers, body } = await newTest('t', branches, method)
    expect([status, headers.etag, headers['cache-control']]).toEqual([201, '"2"', 'no-store'])
    expect(body).toEqual({ app, testId: 't', version: 2, stage: 'running', current: true })
    const { definition, current } = (await read('t')).body
    expect(definition).toMatchObject({ branches: names.map((name) => ({ name, weight: 1 })), control, metrics: [] })
    expect([current, await listed()]).toEqual([true, ['t running*']])
  })

  it('leaves the test that was current as it was, but for that', async () => {
    await newTest('a', 'master,test')
    await newTest('b', 'master,test')
    expect(await listed()).toEqual(['a running', 'b running*'])
    expect((await read('a')).body.current).toBeUndefined()
  })

  it('of a test that is there answers with it, unchanged but current', async () => {
    await put('a', { branches: ['master', 'test'].map((name, i) => ({ name, weight: i + 1 })) })
    await newTest('b', 'master,test')
    const { definition: before } = (await read('a')).body
    const { status, headers, body } = await newTest('a', 'test,master')
    expect([status, headers.etag, body.stage]).toEqual([200, '"1"', 'draft'])
    expect((await read('a')).body.definition).toEqual(before)
    expect(await listed()).toEqual(['a draft*', 'b running'])
  })

  it('starts what it left half made', async () => {
    await put('t')
    expect((await newTest('t', 'master,test')).body).toMatchObject({ version: 2, stage: 'running' })
  })

  it('asked for again and again, and by many at once, makes one', async () => {
    const replies = await Promise.all(Array.from({ length: 10 }, () => newTest('t', 'master,test')))
    expect(replies.map((r) => r.status).sort()).toEqual([...Array(9).fill(200), 201])
    expect((await newTest('t', 'master,test')).body).toMatchObject({ version: 2, stage: 'running' })
    const { history } = (await read('t', 'history')).body
    const steps = history.map(({ what }: { what: string }) => what).filter((what: string) => what !== 'current')
    expect(steps).toEqual(['define', 'start'])
  })

  it('of other branches than the test has is refused, and changes nothing', async () => {
    await newTest('a', 'master,test')
    await newTest('b', 'master,test')
    for (const branches of ['master,other', 'master', 'master,test,third']) {
      const { status, body } = await newTest('a', branches)
      expect([status, body.code]).toEqual([412, 'version-mismatch'])
      expect(body.detail).toBe(`Expected a new test, or the branches "master,test" of "a"; "${branches}" came.`)
    }
    expect(await listed()).toEqual(['a running', 'b running*'])
  })

  it('of a test that was put away is refused', async () => {
    await newTest('t', 'master,test')
    await ask('POST', at('t', '/archive'))
    const { status, body } = await newTest('t', 'master,test')
    expect([status, body.code]).toEqual([409, 'transition-invalid'])
    expect(await listed()).toEqual(['t archived'])
  })

  const many = Array.from({ length: 101 }, (_, i) => `b${i}`).join()
  it.each([
    ['', 'branches: expected names of branches with commas between them; nothing came.'],
    ['?branches=', 'branches: '],
    ['?branches=master,', 'branches: '],
    ['?branches=master,master', 'branches: must have names of their own; "master,master" came.'],
    ['?branches=master,master@2', 'branches: must not hold @ or start with $; "master,master@2" came.'],
    ['?branches=$master', 'branches: must not hold @ or start with $; "$master" came.'],
    ['?branches=a%00', 'branches: must not hold control characters'],
    [`?branches=${'x'.repeat(129)}`, 'branches: '],
    [`?branches=${many}`, 'branches: '],
    ['?branches=a&branches=b', 'branches: expected names of branches with commas between them; 2 values came.'],
    ['?branches=a&weights=1', '"weights": expected only branches; this one came as well.'],
  ])('with %.30s is refused', async (query, detail) => {
    const { status, body } = await ask('GET', `/_newtest/${app}/t${query}`)
    expect([status, body.code]).toEqual([400, 'query-invalid'])
    expect(body.detail).toContain(detail)
    expect((await read('t')).status).toBe(404)
  })

  it.each([
    ['$shop', 't'],
    ['shop', '__proto__'],
    ['shop', 'x'.repeat(129)],
  ])('of %s / %.20s, which events cannot name, is refused', async (app, testId) => {
    const { status, body } = await ask('POST', `/_newtest/${app}/${testId}?branches=a`)
    expect([status, body.code]).toEqual([400, 'query-invalid'])
  })

  it('wants the admin key, and makes nothing of a HEAD', async () => {
    for (const key of [keys.read, keys.write])
      expect((await ask('GET', `/_newtest/${app}/t?branches=a`, undefined, key)).body.code).toBe('key-forbidden')
    expect((await api.server.inject(`/_newtest/${app}/t?branches=a`)).statusCode).toBe(401)
    expect((await newTest('t', 'a', 'HEAD')).status).toBe(404)
    expect((await read('t')).status).toBe(404)
    expect((await api.server.inject(`/_newtest/${app}/t?branches=a&key=${keys.admin}`)).statusCode).toBe(201)
  })
})

describe('POST …/current', () => {
  it('makes a test the current one, which the history tells and no version', async () => {
    await put('a')
    await put('b')
    await ask('POST', at('a', '/current'), { why: 'it matters most' })
    const { status, headers, body } = await ask('POST', at('b', '/current'))
    expect([status, headers.etag]).toEqual([200, '"1"'])
    expect(body).toEqual({ app, testId: 'b', version: 1, stage: 'draft', current: true })
    expect(await listed()).toEqual(['a draft', 'b draft*'])
    await ask('POST', at('a', '/start'))
    const { history } = (await read('a', 'history')).body
    const common = { at: new Date(NOW).toISOString(), by: 'admin' }
    expect(history.slice(1)).toEqual([
      { version: 1, ...common, what: 'current', why: 'it matters most' },
      { version: 2, ...common, what: 'start' },
    ])
  })

  it('of the current test changes nothing', async () => {
    await put('a')
    for (let i = 0; i < 3; i++) expect((await ask('POST', at('a', '/current'))).status).toBe(200)
    expect((await read('a', 'history')).body.history).toHaveLength(2)
  })

  it('is refused for what is not there, is put away, or with other keys', async () => {
    await put('a')
    await ask('POST', at('a', '/archive'))
    const refused = async (url: string, body?: object, key?: string) => (await ask('POST', url, body, key)).body.code
    expect(await refused(at('a', '/current'))).toBe('transition-invalid')
    expect(await refused(at('b', '/current'))).toBe('test-not-found')
    expect(await refused(at('a', '/current'), { when: 'now' })).toBe('definition-invalid')
    expect(await refused(at('a', '/current'), {}, keys.read)).toBe('key-forbidden')
  })
})
