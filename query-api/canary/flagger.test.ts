import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { type Canaries, errors, startCanaries } from '../testkit/canary.js'
import { keys } from '../testkit/server.js'

let api: Canaries
/** By what their verdict is. */
const canaries: Record<string, string> = { none: '' }
beforeAll(async () => {
  api = await startCanaries()
  canaries.none = await api.rollout()
  canaries.open = await api.rollout('begin')
  canaries.stale = await api.rollout('begin')
  await api.tell(canaries.stale, { guardrails: [errors] })
  api.now += 60_000
  canaries.healthy = await api.rollout('begin')
  await api.tell(canaries.healthy, { guardrails: [errors] })
  canaries.harmful = await api.rollout('begin')
  const found = { canary: { total: 412, bad: 30 }, control: { total: 8100, bad: 9 } }
  await api.tell(canaries.harmful, {
    decision: 'rollback',
    reasons: [{ reason: 'harmful', guardrail: 'errors', lnE: 9, needed: 5, ...found }],
  })
  canaries.suspended = await api.rollout('begin', 'suspend')
  canaries['rolled-back'] = await api.rollout('begin')
  await api.step(canaries['rolled-back'], { action: 'rollback', why: 'the basket is empty' })
  canaries.done = await api.rollout('begin', 'promote', 'promote', 'promote')
})
afterAll(() => api.close())

/** As Flagger 1 sends it. */
const payload = {
  ...{ name: 'podinfo', namespace: 'test', phase: 'Progressing', checksum: '5d8f6c7b9' },
  metadata: { any: 'thing' },
}

async function hook(path: string, query: string, body: object | string = payload) {
  const url = `/v1/apps/shop/canary/flagger${path}?${query}`
  const headers = { 'content-type': 'application/json' }
  const reply = await api.server.inject({ method: 'POST', url, headers, payload: body })
  return { status: reply.statusCode, text: reply.body, type: reply.headers['content-type'] }
}

describe('a hook of Flagger’s', () => {
  test.each([
    ['none', 200, 403, 403],
    ['open', 200, 403, 403],
    ['stale', 200, 403, 403],
    ['healthy', 200, 200, 403],
    ['harmful', 403, 403, 200],
    ['suspended', 403, 403, 200],
    ['rolled-back', 403, 403, 200],
    ['done', 200, 200, 403],
  ])('is answered of a canary that is %s: go on %i, promote %i, roll back %i', async (name, ...statuses) => {
    const query = `test=${canaries[name]}&key=${keys.read}`
    const replies = await Promise.all(['', '/confirm-promotion', '/rollback'].map((path) => hook(path, query)))
    expect(replies.map(({ status }) => status)).toEqual(statuses)
    expect(new Set(replies.map(({ type }) => type))).toEqual(new Set(['text/plain; charset=utf-8']))
  })

  it('is told why', async () => {
    const said = async (name: string) => (await hook('', `test=${canaries[name]}&key=${keys.read}`)).text
    expect(await said('harmful')).toBe(
      `${canaries.harmful}: unhealthy (rolling): errors: worse than the control (30 of 412 bad, control 9 of 8,100 bad)\n`,
    )
    expect(await said('rolled-back')).toBe(
      `${canaries['rolled-back']}: unhealthy (rolled-back by admin): the basket is empty\n`,
    )
    expect(await said('stale')).toBe(`${canaries.stale}: insufficient (rolling): the controller has fallen silent\n`)
    expect(await said('done')).toBe(`${canaries.done}: healthy (done)\n`)
  })

  it('is of the test that people mean if it names none, and takes whatever Flagger may send', async () => {
    expect((await hook('', `key=${keys.read}`, {})).text).toMatch(new RegExp(`^${canaries.done}: `))
    expect((await hook('', `key=${keys.read}`, { ...payload, newer: [1] })).status).toBe(200)
  })

  it('that cannot be answered halts, and rolls nothing back', async () => {
    const key = `key=${keys.read}`
    expect(await hook('/rollback', '')).toMatchObject({ status: 401 })
    expect(await hook('/rollback', `key=${keys.write}`)).toMatchObject({ status: 403 })
    expect(await hook('', key, 'no JSON')).toMatchObject({ status: 400 })
    expect(await hook('', key, { phase: 7 })).toMatchObject({ status: 400 })
    expect(await hook('', `${key}&test=`)).toMatchObject({ status: 400 })
  })
})
