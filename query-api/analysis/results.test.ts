import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { storeEvents, storeMoments, usersOf } from '../testkit/rows.js'
import { type Harness, startQueryApi } from '../testkit/server.js'
import type { Results } from './reply.js'

let api: Harness
beforeAll(async () => {
  api = await startQueryApi()
})
afterAll(() => api.close())

const AT = '2026-06-15T11:59:30.123Z'
const ask = (test: string, query = '', app = 'shop') => api.get(`/v1/apps/${app}/tests/${test}/results${query}`)
const results = async (test: string, query = '', app = 'shop'): Promise<Results> => {
  const reply = await ask(test, query, app)
  expect(reply.statusCode, reply.body).toBe(200)
  return reply.json()
}
const codes = ({ warnings }: Results) => warnings.map((w) => w.code)

describe('the cookie cats test, imported', () => {
  // Counts of the public data set (90,189 players); figures by SciPy 1.17, see shared/golden.
  const cats = (app: string) =>
    storeMoments(
      api.store,
      'cats',
      AT,
      [
        ...usersOf({ gate_30: 44_700, gate_40: 45_489 }),
        { event: 'retention_7', branch: 'gate_30', users: 44_700, converted: 8502, mean: 0.2, m2: 7, sum: 8502 },
        { event: 'retention_7', branch: 'gate_40', users: 45_489, converted: 8279, mean: 0.2, m2: 7, sum: 8279 },
      ].map((row) => ({ app, ...row })),
    )
  const event = { time: Date.parse(AT), tests: { cats: 'gate_30' } }
  const found = () => results('cats', '', 'game')
  beforeAll(async () => {
    await cats('game')
    await storeEvents(api.store, [
      { ...event, app: 'game', id: 'import:abc:0' },
      { ...event, app: 'game', tests: { another: 'a' } },
    ])
  })

  it('answers in the agreed form', async () => {
    const names = 'app testId asOf control decision branches phases srm crossover identified imbalance metrics'
    expect(Object.keys(await found())).toEqual([...names.split(' '), 'verdict', 'warnings'])
    const { metrics, ...rest } = await found()
    expect(rest).toMatchObject({
      ...{ app: 'game', testId: 'cats', asOf: AT, control: 'gate_30', crossover: { users: 0 } },
      decision: { method: 'single-look', alpha: 0.05, plannedUsers: 5000 },
      branches: [
        { branch: 'gate_30', users: 44_700 },
        { branch: 'gate_40', users: 45_489 },
      ],
    })
    expect(metrics.map(({ name, event, kind }) => [name, event, kind])).toEqual([
      ['retention_7 conversion', 'retention_7', 'conversion'],
      ['retention_7 per user', 'retention_7', 'sum'],
    ])
  })

  it('has SciPy’s figures to 1e-9', async () => {
    const { metrics, srm } = await found()
    const { branches, comparisons } = metrics[0]!
    const close = (actual: number, expected: number) => expect(Math.abs(actual / expected - 1)).toBeLessThan(1e-9)
    close(branches[0]!.mean!, 0.19020134228187918)
    close(branches[1]!.stddev! ** 2, 0.14887930082666706)
    const { effect, relative, fixed } = comparisons[0]!
    close(effect!, -0.008201298315205913)
    close(fixed.ci![0], -0.013281677028692086)
    close(fixed.ci![1], -0.00312091960171974)
    close(fixed.pValue!, 0.001556530181006652)
    close(fixed.lnP!, Math.log(0.001556530181006652))
    close(relative!, -0.043119034896460164)
    const quantile = (-0.00312091960171974 + 0.008201298315205913) / (0.008201298315205913 / 3.164028946774232)
    close((fixed.relativeCi![1] - fixed.relativeCi![0]) / 2, quantile * 0.013329750941990667)
    close(srm.chiSquared, 6.9024049496058275)
    close(srm.pValue, 0.008607987810836262)
  })

  it('warns of the mismatch with its counts', async () => {
    const { srm, warnings } = await found()
    expect(srm.ok).toBe(false)
    expect(warnings).toEqual([
      { code: 'sample-ratio-mismatch', message: expect.stringMatching(/gate_30 44700, gate_40 45489.*p = 0\.0086/) },
    ])
  })

  it('would be undecided if these were live users, looked at again and again', async () => {
    const imported = await found()
    await cats('shop')
    const live = await results('cats')
    const seen = ({ metrics, srm }: Results) => {
      const { fixed, anytime, method, verdict, provisional } = metrics[0]!.comparisons[0]!
      return { fixed, anytime, method, verdict, provisional, ok: srm.ok }
    }
    const { fixed, anytime } = seen(imported)
    expect([fixed.pValue! < 0.05, anytime.pValue! < 0.05]).toEqual([true, false])
    const answers = { fixed, anytime }
    expect(seen(imported)).toEqual({
      ...answers,
      ...{ method: 'single-look', verdict: 'worse', provisional: false, ok: false },
    })
    expect(seen(live)).toEqual({
      ...answers,
      ...{ method: 'any-time', verdict: 'inconclusive', provisional: true, ok: true },
    })
  })

  it('is no closed history once a live event came', async () => {
    await storeEvents(api.store, [{ ...event, app: 'game' }])
    expect((await found()).decision.method).toBe('any-time')
  })
})

describe('control', () => {
  it.each([
    [['z', 'master', 'control'], 'master'],
    [['z', 'control', 'a'], 'control'],
    [['z', 'b', 'a'], 'a'],
  ])('of %j is %s', async (branches, control) => {
    const test = `control-${control}`
    await storeMoments(api.store, test, AT, usersOf(Object.fromEntries(branches.map((b) => [b, 500]))))
    expect((await results(test)).control).toBe(control)
  })

  it('is the branch asked for, and every other is compared with it', async () => {
    const metric = { event: 'buy', users: 500, converted: 250, mean: 0.5, m2: 125, sum: 250 }
    const branches = ['a', 'b', 'master']
    const counts = usersOf({ a: 500, b: 500, master: 500 })
    await storeMoments(api.store, 'asked', AT, [...counts, ...branches.map((branch) => ({ ...metric, branch }))])
    const { control, metrics } = await results('asked', '?control=b')
    expect([control, metrics[0]!.comparisons.map((c) => c.branch)]).toEqual(['b', ['a', 'master']])
  })

  it('that no user is in is refused with the branches there are', async () => {
    const reply = await ask('asked', '?control=c')
    expect([reply.statusCode, reply.json().code]).toEqual([404, 'branch-not-found'])
    expect(reply.json().detail).toBe('Expected control to be one of a, b, master; "c" came.')
  })
})

describe('where there is no answer', () => {
  const none = (reason: string, effect: number, relative: number | null) => {
    const answer = { pValue: null, lnP: null, ci: null, relativeCi: null, reason }
    const decided = { method: 'any-time', verdict: 'inconclusive', provisional: true }
    return [{ branch: 'b', effect, relative, fixed: answer, anytime: answer, ...decided, cuped: null, days: null }]
  }

  it('one user in each branch: effects without intervals', async () => {
    const buy = { event: 'buy', users: 1, converted: 1, m2: 0 }
    await storeMoments(api.store, 'single', AT, [
      ...usersOf({ a: 1, b: 1 }),
      { ...buy, branch: 'a', mean: 3, sum: 3 },
      { ...buy, branch: 'b', mean: 5, sum: 5 },
    ])
    const found = await results('single')
    expect(found.metrics[1]!.comparisons).toEqual(none('insufficient', 2, null))
    expect(found.metrics[1]!.branches[0]).toEqual({ branch: 'a', users: 1, mean: 3, stddev: null, sum: 3 })
    expect(codes(found)).toEqual(['few-users'])
  })

  it('nobody converts: no variance', async () => {
    await storeMoments(api.store, 'nobody', AT, [
      ...usersOf({ a: 500, b: 500 }),
      { event: 'buy', branch: 'a', users: 500 },
      { event: 'buy', branch: 'b', users: 500 },
    ])
    const { metrics } = await results('nobody')
    for (const { comparisons, branches } of metrics) {
      expect(comparisons).toEqual(none('no-variance', 0, null))
      expect(branches[0]).toEqual({ branch: 'a', users: 500, mean: 0, stddev: 0, sum: 0 })
    }
  })

  it('one branch: nothing to compare', async () => {
    await storeMoments(api.store, 'alone', AT, [
      ...usersOf({ a: 500 }),
      { event: 'buy', branch: 'a', users: 500, converted: 5, mean: 0.01, m2: 4.95, sum: 5 },
    ])
    const found = await results('alone')
    expect([found.metrics[0]!.comparisons, found.srm.ok, codes(found)]).toEqual([[], true, ['one-branch']])
  })

  it('the control’s mean is 0: an effect without a lift', async () => {
    await storeMoments(api.store, 'from-zero', AT, [
      ...usersOf({ a: 500, b: 500 }),
      { event: 'buy', branch: 'a', users: 500 },
      { event: 'buy', branch: 'b', users: 500, converted: 50, mean: 0.1, m2: 45, sum: 50 },
    ])
    const [conversion] = (await results('from-zero')).metrics
    const ci = [expect.any(Number), expect.any(Number)]
    expect(conversion!.comparisons[0]).toMatchObject({
      ...{ effect: 0.1, relative: null, verdict: 'better' },
      ...{ fixed: { ci, relativeCi: null }, anytime: { ci, relativeCi: null } },
    })
  })

  it('the lift passes the largest double: no lift', async () => {
    const buy = { event: 'buy', users: 500, converted: 500 }
    await storeMoments(api.store, 'huge', AT, [
      ...usersOf({ a: 500, b: 500 }),
      { ...buy, branch: 'a', mean: 1e-300, m2: 0, sum: 5e-298 },
      { ...buy, branch: 'b', mean: 1e100, m2: 1e199, sum: 5e102 },
    ])
    const [, value] = (await results('huge')).metrics
    expect(value!.comparisons[0]).toMatchObject({ effect: 1e100, relative: null, verdict: 'better' })
    expect(value!.comparisons[0]!.anytime).toMatchObject({ pValue: 0, lnP: expect.any(Number), relativeCi: null })
  })

  it('no events: no metrics, and it says so', async () => {
    await storeMoments(api.store, 'silent', AT, usersOf({ a: 500, b: 500 }))
    const found = await results('silent')
    expect([found.metrics, codes(found)]).toEqual([[], ['no-events']])
  })
})

it('warns where users are inferred, crossed over or few', async () => {
  const row = { event: '', inferred: 1, crossover: 3 }
  await storeMoments(api.store, 'doubtful', AT, [
    { ...row, branch: 'a', users: 99 },
    { ...row, branch: 'b', users: 100 },
  ])
  const found = await results('doubtful')
  expect(found.crossover.users).toBe(6)
  expect(codes(found)).toEqual(['users-inferred', 'crossover', 'few-users', 'no-events'])
  expect(found.warnings[2]!.message).toMatch(/users in a:/)
})
