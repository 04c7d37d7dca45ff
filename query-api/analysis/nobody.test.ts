import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { metricExamples } from '../metric-examples.js'
import { storeEvents } from '../testkit/rows.js'
import { type Harness, keys, NOW, startQueryApi } from '../testkit/server.js'

let api: Harness
beforeAll(async () => {
  api = await startQueryApi()
  await storeEvents(api.store, [{ time: NOW, tests: { seen: 'a' } }])
})
afterAll(() => api.close())

let tests = 0
let url: string
beforeEach(() => {
  url = `/v1/apps/shop/tests/t${tests++}`
})

const branches = ['new', 'old'].map((name) => ({ name, weight: 1 }))
const metrics = Object.entries(metricExamples).map(([name, { value }]) => ({ ...value, why: undefined, name }))
const headers = { authorization: `Bearer ${keys.admin}` }

async function define(changes: object, isStarted = true): Promise<void> {
  const payload = { branches, control: 'old', metrics, ...changes }
  expect((await api.server.inject({ method: 'PUT', url, headers, payload })).statusCode).toBe(201)
  if (isStarted)
    expect((await api.server.inject({ method: 'POST', url: `${url}/start`, headers })).statusCode).toBe(200)
}

async function answer(route: string) {
  const reply = await api.get(`${url}/${route}`)
  expect(reply.statusCode, reply.body).toBe(200)
  return reply.json()
}

describe('a test that nobody is in yet', () => {
  it('has its branches and metrics without values, and is undecided', async () => {
    await define({ guardrails: [{ ...metrics[0], name: 'held', margin: 0.1 }] })
    const results = await answer('results')
    expect(results).toMatchObject({
      asOf: new Date(NOW).toISOString(),
      definition: { version: 2, stage: 'running' },
      control: 'old',
      branches: branches.map(({ name }) => ({ branch: name, users: 0 })),
      phases: [{ phase: 2, users: { new: 0, old: 0 }, weights: { new: 1, old: 1 } }],
      srm: { ok: true, pValue: 1 },
      verdict: { outcome: 'undecided', branch: null, reasons: ['No users yet.'] },
      warnings: [],
    })
    expect(results.metrics.map(({ name }: { name: string }) => name)).toEqual([...metrics.map((m) => m.name), 'held'])
    for (const { branches, comparisons } of results.metrics) {
      expect(branches).toMatchObject(['new', 'old'].map((branch) => ({ branch, users: 0, mean: null, stddev: null })))
      expect(comparisons).toMatchObject([{ branch: 'new', effect: null, verdict: 'inconclusive', days: null }])
    }
  })

  it.each([
    ['any-time', {}],
    ['group-sequential', { looks: 3 }],
    ['single-look', {}],
  ])('and is decided %s', async (method, more) => {
    await define({ decision: { method, ...more } })
    const { decision, verdict, warnings } = await answer('results?bayes=true')
    expect([decision.method, verdict.reasons]).toEqual([method, ['No users yet.']])
    expect(warnings.map(({ code }: { code: string }) => code)).toEqual(method === 'single-look' ? ['early-look'] : [])
  })

  it('says so of a draft, and of one without metrics of its own', async () => {
    await define({ metrics: [] }, false)
    const { definition, verdict, metrics: found } = await answer('results')
    expect([definition.stage, found]).toEqual(['draft', []])
    expect(verdict.reasons).toEqual(['No users yet.', 'The test is a draft: users are in it once it is started.'])
  })

  it('has rows without values, and effects without points', async () => {
    await define({})
    const reply = await api.get(`${url}/results?format=csv`)
    expect(reply.body.trim().split('\r\n')).toHaveLength(1 + 2 * metrics.length)
    const effects = await answer('effects?bucket=week')
    expect(effects).toMatchObject({ metric: metrics[0]!.name, bucket: 'week', series: [] })
  })

  it('is compared with any of its branches', async () => {
    await define({})
    expect((await answer('results?control=new')).control).toBe('new')
    for (const route of ['results', 'effects'])
      expect((await api.get(`${url}/${route}?control=none`)).json().code).toBe('branch-not-found')
  })

  it.each([
    ['before it was defined', `asOf=${NOW - 1}`, 404],
    ['when it was', `asOf=${NOW}`, 200],
    ['later', `asOf=${NOW + 60_000}`, 200],
  ])('is there or not %s', async (_, query, status) => {
    await define({})
    const reply = await api.get(`${url}/results?${query}`)
    expect(reply.statusCode, reply.body).toBe(status)
    if (status === 404) expect(reply.json().code).toBe('test-not-found')
    else expect(reply.json().asOf).toBe(new Date(NOW).toISOString())
  })
})

it.each([
  ['nobody ever heard of', 'none'],
  ['events alone name', 'seen'],
])('a test that %s has no results', async (_, test) => {
  for (const route of ['results', 'effects']) {
    const reply = await api.get(`/v1/apps/shop/tests/${test}/${route}`)
    expect([reply.statusCode, reply.json().code]).toEqual([404, 'test-not-found'])
  }
})
