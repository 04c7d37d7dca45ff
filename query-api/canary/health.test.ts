import type { CanaryHealth } from '@assay/core/control/health'
import type { RolloutAction } from '@assay/core/control/record'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it, test, vi } from 'vitest'
import { type Canaries, errors, startCanaries, told } from '../testkit/canary.js'
import { storeEvents } from '../testkit/rows.js'
import { keys } from '../testkit/server.js'
import type { ToldHealth } from './reply.js'

let api: Canaries
beforeAll(async () => {
  api = await startCanaries()
})
afterAll(() => api.close())

it('says all that was told, beside what the steps have made of the rollout', async () => {
  const testId = await api.rollout('begin')
  await api.tell(testId, {})
  api.now += 500
  const { mark, ...canary } = await api.canary(`?test=${testId}`)
  expect(mark).toMatch(/^[\w-]{27}$/)
  expect(canary).toEqual({
    ...{ app: 'shop', testId, verdict: 'insufficient', decision: 'hold', health: 'healthy', stage: 'rolling' },
    ...{ weight: 0.01, step: 0, steps: 3, phase: 2, attempt: 1, release: null, users: 40, requests: 412 },
    ...{ userErrors: told.userErrors, guardrails: told.guardrails },
    reasons: [{ reason: 'baking' }],
    last: { action: 'begin', at: new Date(api.now - 500).toISOString(), by: 'admin' },
    ...{ asOf: new Date(api.now - 500).toISOString(), staleAfter: 10_000 },
  })
})

type Said = [verdict: string, decision: string, health: string]

describe('the verdict', () => {
  const all = (state: typeof errors.state) => ({ guardrails: [{ ...errors, state }] })
  test.each<[string, Partial<CanaryHealth>, Said]>([
    ['nothing is shown', {}, ['insufficient', 'hold', 'healthy']],
    ['all guardrails are safe', all('safe'), ['healthy', 'hold', 'healthy']],
    [
      'one of two is safe',
      { guardrails: [errors, { ...errors, name: 'hung', state: 'open' }] },
      ['insufficient', 'hold', 'healthy'],
    ],
    ['there is no guardrail', { guardrails: [] }, ['insufficient', 'hold', 'healthy']],
    ['the next step is asked for', { decision: 'promote' }, ['healthy', 'promote', 'healthy']],
    ['it harms as a warning', { ...all('safe'), health: 'degraded' }, ['insufficient', 'hold', 'degraded']],
    ['it shall be suspended', { decision: 'suspend', health: 'degraded' }, ['unhealthy', 'suspend', 'degraded']],
    ['it shall be rolled back', { decision: 'rollback', health: 'degraded' }, ['unhealthy', 'rollback', 'degraded']],
    [
      'nobody was there',
      { users: 0, requests: 0, health: 'unknown', ...all('no-data') },
      ['insufficient', 'hold', 'unknown'],
    ],
  ])('where %s', async (_, health, said) => {
    const testId = await api.rollout('begin')
    await api.tell(testId, health)
    const { verdict, decision, health: told } = await api.canary(`?test=${testId}`)
    expect([verdict, decision, told]).toEqual(said)
  })

  const gone: Said = ['insufficient', 'hold', 'unknown']
  test.each<[RolloutAction[], Said]>([
    [['begin'], gone],
    [['begin', 'pause'], gone],
    [
      ['begin', 'suspend'],
      ['unhealthy', 'suspend', 'unknown'],
    ],
    [
      ['begin', 'rollback'],
      ['unhealthy', 'rollback', 'unknown'],
    ],
    [
      ['begin', 'promote', 'promote', 'promote'],
      ['healthy', 'promote', 'unknown'],
    ],
    [
      ['begin', 'promote', 'promote', 'promote', 'rollback'],
      ['unhealthy', 'rollback', 'unknown'],
    ],
  ])('after %j is what the stage says, also where the controller is gone', async (actions, said) => {
    const testId = await api.rollout(...actions)
    const { verdict, decision, health } = await api.canary(`?test=${testId}`)
    expect([verdict, decision, health]).toEqual(said)
    // What was told long ago, and of the wrong step, changes nothing.
    await api.tell(testId, { decision: 'promote', guardrails: [errors] }, 60_000)
    expect(await api.canary(`?test=${testId}`)).toMatchObject({ verdict, decision, health })
  })

  test.each<[RolloutAction[], Partial<CanaryHealth>, Said]>([
    [['begin', 'suspend'], { stage: 'suspended', decision: 'promote', weight: 0 }, ['unhealthy', 'suspend', 'healthy']],
    [['begin', 'suspend'], { stage: 'suspended', decision: 'rollback' }, ['unhealthy', 'rollback', 'healthy']],
    [['begin', 'rollback'], { stage: 'rolled-back', decision: 'promote' }, ['unhealthy', 'rollback', 'healthy']],
    [['begin', 'promote', 'promote', 'promote'], { stage: 'done', step: 3 }, ['healthy', 'promote', 'healthy']],
    [
      ['begin', 'promote', 'promote', 'promote'],
      { stage: 'done', step: 3, decision: 'rollback' },
      ['unhealthy', 'rollback', 'healthy'],
    ],
  ])('after %j is no better than the stage, whatever is told: %j', async (actions, health, said) => {
    const testId = await api.rollout(...actions)
    await api.tell(testId, health)
    const canary = await api.canary(`?test=${testId}`)
    expect([canary.verdict, canary.decision, canary.health]).toEqual(said)
  })

  it('of what was stopped is none', async () => {
    const testId = await api.rollout('begin')
    await api.tell(testId, { decision: 'promote' })
    const headers = { authorization: `Bearer ${keys.admin}` }
    await api.server.inject({ method: 'POST', url: `/v1/apps/shop/tests/${testId}/stop`, headers })
    expect(await api.canary(`?test=${testId}`)).toMatchObject({ stage: 'ended', verdict: 'insufficient', reasons: [] })
  })
})

describe('what is not known', () => {
  const unknown = { verdict: 'insufficient', decision: 'hold', health: 'unknown' }
  const bad = (change: (row: CanaryHealth) => object) => JSON.stringify(change(structuredClone(told)))

  test.each<[string, string, (test: string) => Promise<void>]>([
    ['not-told', 'nothing', async () => {}],
    [
      'stale',
      'what is old',
      async (test) => {
        await api.tell(test, { decision: 'promote' })
        api.now += 10_001
      },
    ],
    ['stale', 'what is of a clock far ahead', (test) => api.tell(test, { decision: 'promote' }, -10_001)],
    ['behind', 'another step', (test) => api.tell(test, { decision: 'promote', step: 1 })],
    ['behind', 'another attempt', (test) => api.tell(test, { decision: 'promote', attempt: 2 })],
    ['behind', 'another release', (test) => api.tell(test, { decision: 'promote', release: '1.2' })],
    ['behind', 'another stage', (test) => api.tell(test, { decision: 'promote', stage: 'suspended' })],
    ['behind', 'the time before its step', (test) => api.tell(test, { decision: 'promote' }, 1)],
    ['malformed', 'no JSON', (test) => api.tell(test, '{"stage":"rolling"')],
    ['malformed', 'nothing', (test) => api.tell(test, '')],
    ['malformed', 'a number that JSON has not', (test) => api.tell(test, '{"users":NaN}')],
    [
      'malformed',
      'another decision',
      (test) =>
        api.tell(
          test,
          bad((row) => ({ ...row, decision: 'guess' })),
        ),
    ],
    [
      'malformed',
      'no guardrails',
      (test) =>
        api.tell(
          test,
          bad(({ guardrails: _, ...row }) => row),
        ),
    ],
  ])('is said: %s, where what was told is of %s', async (reason, _, tell) => {
    const testId = await api.rollout('begin')
    await tell(testId)
    expect(await api.canary(`?test=${testId}`)).toMatchObject({ ...unknown, stage: 'rolling', reasons: [{ reason }] })
  })

  it('shows what was told last where that is of this step, and no evidence of another one', async () => {
    const testId = await api.rollout('begin')
    await api.tell(testId, {})
    api.now += 10_000
    expect(await api.canary(`?test=${testId}`)).toMatchObject({ health: 'healthy', reasons: [{ reason: 'baking' }] })
    api.now++
    expect(await api.canary(`?test=${testId}`)).toMatchObject({
      ...unknown,
      users: 40,
      guardrails: [{ name: 'errors' }],
    })
    await api.step(testId, { action: 'promote' })
    expect(await api.canary(`?test=${testId}`)).toMatchObject({ ...unknown, users: null, guardrails: [], asOf: null })
  })

  it('of a number is null: JSON has none that is not finite', async () => {
    const testId = await api.rollout('begin')
    const infinite = { lnE: Number.NEGATIVE_INFINITY, needed: Number.NaN }
    const guardrail = { ...errors, harm: infinite, canary: { total: 0, bad: Number.NaN } }
    const reasons = [{ reason: 'not-shown', guardrail: 'errors', ...infinite }]
    await api.tell(testId, { users: Number.NaN, guardrails: [guardrail], reasons })
    const nothing = { lnE: null, needed: null }
    expect(await api.canary(`?test=${testId}`)).toMatchObject({
      ...{ health: 'healthy', users: null, requests: 412 },
      guardrails: [{ ...errors, harm: nothing, canary: { total: 0, bad: null } }],
      reasons: [{ reason: 'not-shown', guardrail: 'errors', ...nothing }],
    })
    await api.tell(testId, JSON.stringify({ ...told, users: 12 }).replace('"users":12', '"users":1e999'))
    expect(await api.canary(`?test=${testId}`)).toMatchObject({ health: 'healthy', users: null })
  })

  it('is said where the store is away or hangs, without which what is settled stays so', async () => {
    const [rolling, back] = [await api.rollout('begin'), await api.rollout('begin', 'rollback')]
    const query = vi.spyOn(api.store.read, 'query')
    for (const answer of [() => Promise.reject(new Error('away')), () => new Promise<never>(() => {})]) {
      query.mockImplementation(answer)
      const reasons = [{ reason: 'store-unavailable' }]
      expect(await api.canary(`?test=${rolling}`)).toMatchObject({ ...unknown, stage: 'rolling', reasons })
      expect(await api.canary(`?test=${back}`)).toMatchObject({ verdict: 'unhealthy', reasons: [] })
    }
    query.mockRestore()
  })
})

describe('which test', () => {
  it('is the current one if it has a rollout, else the one whose rollout moved last', async () => {
    const [first, second, third] = [await api.rollout('begin'), await api.rollout('begin'), await api.rollout()]
    const current = async (test: string) => {
      const headers = { authorization: `Bearer ${keys.admin}` }
      await api.server.inject({ method: 'POST', url: `/v1/apps/shop/tests/${test}/current`, headers })
    }
    expect((await api.canary()).testId).toBe(second)
    api.now++
    await api.step(first, { action: 'promote' })
    expect((await api.canary()).testId).toBe(first)
    await current(third)
    expect((await api.canary()).testId).toBe(first)
    await current(second)
    expect((await api.canary()).testId).toBe(second)
  })

  it('is none of an app without rollouts, which is said with 200 all the same', async () => {
    await storeEvents(api.store, [{ app: 'blog', time: api.now }])
    const reply = await api.get('/v1/apps/blog/canary')
    expect(reply.statusCode).toBe(200)
    const none = { stage: null, weight: null, step: null, steps: null, phase: null, attempt: null, release: null }
    expect(reply.json()).toEqual({
      ...{ app: 'blog', testId: null, verdict: 'insufficient', decision: 'hold', health: 'unknown', ...none },
      ...{
        users: null,
        requests: null,
        userErrors: null,
        guardrails: [],
        reasons: [{ reason: 'no-rollout' }],
        last: null,
      },
      ...{ asOf: null, staleAfter: 10_000, mark: expect.any(String) },
    })
    const of = async (test: string) => (await api.canary(`?test=${test}`)).reasons
    expect(await of('none')).toEqual([{ reason: 'no-such-test' }])
    expect(await of(await api.rollout())).toEqual([{ reason: 'no-rollout' }])
  })

  it('is refused of an app that is not there, and with a key that may not read', async () => {
    const ask = async (url: string, key: string) => {
      const reply = await api.server.inject({ url, headers: { authorization: `Bearer ${key}` } })
      return [reply.statusCode, reply.json().code]
    }
    expect(await ask('/v1/apps/none/canary', keys.read)).toEqual([404, 'app-not-found'])
    expect(await ask('/v1/apps/shop/canary', keys.write)).toEqual([403, 'key-forbidden'])
    expect(await ask('/v1/apps/shop/canary?wait=61', keys.read)).toEqual([400, 'query-invalid'])
  })
})

describe('the ETag', () => {
  const ask = async (test: string, tag = '') => {
    const headers = { authorization: `Bearer ${keys.read}`, 'if-none-match': tag }
    const reply = await api.server.inject({ url: `/v1/apps/shop/canary?test=${test}`, headers })
    return { status: reply.statusCode, tag: String(reply.headers.etag), body: reply.body }
  }

  it('stays while nothing but the time changes, and is another one once that is too long', async () => {
    const testId = await api.rollout('begin')
    await api.tell(testId, {})
    const { tag, body } = await ask(testId)
    api.now += 2000
    await api.tell(testId, {})
    expect(await ask(testId, tag)).toEqual({ status: 304, tag, body: '' })
    expect(await ask(testId, `"x", W/${tag}`)).toMatchObject({ status: 304 })
    expect(JSON.parse((await ask(testId)).body).asOf).not.toBe(JSON.parse(body).asOf)
    api.now += 10_001
    const stale = await ask(testId, tag)
    expect([stale.status, JSON.parse(stale.body).health]).toEqual([200, 'unknown'])
  })

  it('is another one with each number of the evidence', async () => {
    const testId = await api.rollout('begin')
    await api.tell(testId, {})
    const { tag } = await ask(testId)
    api.now++
    await api.tell(testId, { requests: 413 })
    expect((await ask(testId, tag)).status).toBe(200)
  })
})

test('what a controller tells is understood, and more', () => {
  expectTypeOf<CanaryHealth>().toExtend<ToldHealth>()
})
