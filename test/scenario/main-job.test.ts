import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Metric, Results } from '@assay/query-api/analysis/reply'
import type { Series } from '@assay/query-api/schemas'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openTarget, type Target } from '../support/target.js'

const shared = fileURLToPath(new URL('../../../shared', import.meta.url))
const csv = join(shared, 'data/cookie_cats.csv')
const goldenFile = join(shared, 'golden/cookie_cats.expected.json')

// A remote installation is shared, and keeps what it was sent: each run has apps of its own.
const [cats, web] = ['cats', 'web'].map((app) => `scenario-${app}-${randomUUID()}`) as [string, string]

let target: Target
beforeAll(async () => {
  target = await openTarget()
})
afterAll(() => target.close())

const get = async <T>(path: string) =>
  (await (await fetch(target.url + path, { headers: { authorization: `Bearer ${target.keys.read}` } })).json()) as T
const post = (body: string) =>
  fetch(`${target.ingestUrl}/v1/events`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${target.keys.write}`, 'content-type': 'application/json' },
  })
/** Results follow within seconds what was acknowledged: as anyone who asks over HTTP, this asks until they have. */
const eventually = (assertions: () => Promise<void>) => vi.waitFor(assertions, { timeout: 60_000, interval: 200 })

function close(found: number, expected: number) {
  expect(Math.abs(found - expected) / Math.abs(expected)).toBeLessThan(1e-9)
}

/** Each branch and the comparison, as SciPy has them. */
function expectMetric(metric: Metric, expected: Record<string, number> & { ci: [number, number] }, users: number[]) {
  const [control, treatment] = metric.branches
  const [comparison] = metric.comparisons
  close(control!.mean!, expected.mean_c!)
  close(treatment!.mean!, expected.mean_t!)
  close(control!.stddev! ** 2, expected.var_c!)
  close(treatment!.stddev! ** 2, expected.var_t!)
  const { effect, relative, fixed, method, provisional } = comparison!
  expect([method, provisional]).toEqual(['single-look', false])
  close(effect!, expected.diff!)
  close(fixed.ci![0], expected.ci[0])
  close(fixed.ci![1], expected.ci[1])
  close(fixed.pValue!, expected.p!)
  close(relative!, expected.rel!)
  const standardError = Math.sqrt(expected.var_c! / users[0]! + expected.var_t! / users[1]!)
  const reach = (fixed.ci![1] - fixed.ci![0]) / 2 / standardError
  close((fixed.relativeCi![1] - fixed.relativeCi![0]) / 2 / reach, expected.se_rel_delta!)
}

/** Equal to what SciPy says of the same file. */
function expectGolden(found: Results) {
  const golden = JSON.parse(readFileSync(goldenFile, 'utf8'))
  expect(found.control).toBe('gate_30')
  expect(found.branches).toEqual([
    { branch: 'gate_30', users: golden.srm.n[0] },
    { branch: 'gate_40', users: golden.srm.n[1] },
  ])
  close(found.srm.chiSquared, golden.srm.chi2)
  close(found.srm.pValue, golden.srm.p)
  expect(found.warnings.map((w) => w.code)).toContain('sample-ratio-mismatch')
  for (const [event, kind] of [
    ['sum_gamerounds', 'sum'],
    ['retention_1', 'conversion'],
    ['retention_7', 'conversion'],
  ] as const) {
    expectMetric(found.metrics.find((m) => m.event === event && m.kind === kind)!, golden[event], golden.srm.n)
  }
  expect(found.metrics.find((m) => m.event === 'retention_7')!.comparisons[0]!.verdict).toBe('worse')
}

// The data stays outside the repository; without it there is nothing to import.
describe.skipIf(!existsSync(csv))('Cookie Cats, imported (needs ../shared/data and ../shared/golden)', () => {
  const columns = [
    '--user',
    'userid',
    '--branch',
    'version',
    '--metric',
    'sum_gamerounds:sum',
    '--metric',
    'retention_1:conversion',
    '--metric',
    'retention_7:conversion',
  ]
  const run = () => target.assay(['import', csv, '--app', cats, '--test', 'gate', ...columns, '--json'])
  const results = () => get<Results>(`/v1/apps/${cats}/tests/gate/results`)

  test('gives SciPy’s numbers through the API', async () => {
    const { code, out, err } = await run()
    expect([code, err]).toEqual([0, expect.any(String)])
    expect(JSON.parse(out)).toMatchObject({ users: 90_189 })
    await eventually(async () => expectGolden(await results()))
  }, 120_000)

  test('worked out now they are the same', async () => {
    const { code, out, err } = await target.assay(['results', cats, 'gate', '--fresh', '--json'])
    expect([code, err]).toEqual([0, ''])
    expectGolden(JSON.parse(out))
  }, 60_000)

  test('the same file again counts nothing twice', async () => {
    const before = await results()
    const { code, out } = await run()
    expect(code).toBe(0)
    expect(JSON.parse(out).alreadyCounted).toBeGreaterThan(200_000)
    expect({ ...(await results()), asOf: '' }).toEqual({ ...before, asOf: '' })
  }, 120_000)

  test('a definition that caps what the most eager play: SciPy’s numbers again, and an answer for any look', async () => {
    const rounds = { name: 'rounds', kind: 'sum', event: 'sum_gamerounds', cap: { percentile: 0.999 } }
    const branches = ['gate_30', 'gate_40'].map((name) => ({ name, weight: 1 }))
    const body = { branches, control: 'gate_30', decision: { method: 'single-look' }, metrics: [rounds] }
    const defined = await fetch(`${target.url}/v1/apps/${cats}/tests/gate`, {
      method: 'PUT',
      body: JSON.stringify(body),
      headers: { authorization: `Bearer ${target.keys.admin}`, 'content-type': 'application/json' },
    })
    expect(defined.status).toBe(201)
    const golden = JSON.parse(readFileSync(goldenFile, 'utf8'))
    await eventually(async () => {
      const { metrics } = await results()
      expect(metrics.map((m) => m.name)).toEqual(['rounds'])
      expectMetric(metrics[0]!, golden.sum_gamerounds_capped, golden.srm.n)
      close(metrics[0]!.branches[0]!.cap!, golden.cap)
      const { fixed, anytime } = metrics[0]!.comparisons[0]!
      expect(anytime.ci![0]).toBeLessThan(fixed.ci![0])
      expect(anytime.ci![1]).toBeGreaterThan(fixed.ci![1])
    })
  }, 120_000)
})

describe('events over HTTP', () => {
  const event = (user: string, name: string, branch: string, more = {}) => ({
    id: `${user}-${name}`,
    app: web,
    user,
    event: name,
    testId: 'button',
    branch,
    ...more,
  })

  test('an event is in the results, users without one count as zeros, the value is theirs from exposure on', async () => {
    const now = Date.now()
    const events = ['a', 'b', 'c', 'd'].flatMap((user, i) => [
      event(user, '$exposure', i % 2 ? 'control' : 'blue', { time: now }),
    ])
    events.push(
      event('a', 'buy', 'blue', { value: 5, time: now + 1 }),
      event('b', 'buy', 'control', { value: 7, time: now - 1000 }),
    )
    const reply = await post(JSON.stringify(events))
    expect([reply.status, await reply.json()]).toEqual([202, { accepted: 6, rejected: [] }])
    await eventually(async () => {
      const { control, decision, metrics, branches } = await get<Results>(`/v1/apps/${web}/tests/button/results`)
      expect([control, decision.method, branches]).toEqual([
        'control',
        'any-time',
        [
          { branch: 'blue', users: 2 },
          { branch: 'control', users: 2 },
        ],
      ])
      const value = metrics.find((m) => m.event === 'buy' && m.kind === 'sum')
      expect(value?.branches.map((b) => [b.branch, b.mean, b.sum])).toEqual([
        ['blue', 2.5, 5],
        ['control', 0, 0],
      ])
      const series = await get<Series>(`/v1/apps/${web}/tests/button/series?event=buy&bucket=hour`)
      expect(series.series.flatMap((s) => s.points.map((p) => [s.branch, p.count, p.mean]))).toEqual([
        ['blue', 1, 5],
        ['control', 1, 7],
      ])
    })
  })

  test('a fixed p below 0.05 at an early look decides nothing; enough users do', async () => {
    const users = async (from: number, to: number, buyers: Record<string, number>) => {
      for (const branch of ['master', 'new']) {
        const events = Array.from({ length: to - from }, (_, i) => `${branch}-${from + i}`).flatMap((user, i) => [
          { ...event(user, '$exposure', branch), testId: 'looks' },
          ...(i < buyers[branch]! ? [{ ...event(user, 'buy', branch), testId: 'looks' }] : []),
        ])
        for (let i = 0; i < events.length; i += 1000)
          expect((await post(JSON.stringify(events.slice(i, i + 1000)))).status).toBe(202)
      }
    }
    const says = async () => {
      const { metrics } = await get<Results>(`/v1/apps/${web}/tests/looks/results`)
      const { fixed, anytime, verdict, provisional } = metrics[0]!.comparisons[0]!
      const counted = metrics[0]!.branches.map((b) => [b.users, b.sum])
      return { counted, below: [fixed, anytime].map(({ pValue }) => pValue! < 0.05), verdict, provisional }
    }
    await users(0, 1000, { master: 100, new: 130 })
    const early = [
      [1000, 100],
      [1000, 130],
    ]
    await eventually(async () => {
      const expected = { counted: early, below: [true, false], verdict: 'inconclusive', provisional: true }
      expect(await says()).toEqual(expected)
    })
    await users(1000, 5000, { master: 400, new: 470 })
    const late = [
      [5000, 500],
      [5000, 600],
    ]
    await eventually(async () => {
      const expected = { counted: late, below: [true, true], verdict: 'better', provisional: true }
      expect(await says()).toEqual(expected)
    })
  }, 120_000)

  test('keys open only what they are for', async () => {
    const status = async (key: string) =>
      (await fetch(`${target.url}/v1/apps`, { headers: { authorization: `Bearer ${key}` } })).status
    expect(await Promise.all([target.keys.write, 'wk_guess-guess-guess', target.keys.read].map(status))).toEqual([
      403, 401, 200,
    ])
  })

  test('addresses nobody answers and names too long are problems of the catalogue', async () => {
    for (const path of ['/nowhere', `/v1/apps/${'x'.repeat(3000)}/tests`, '/v1/apps/%zz/tests']) {
      const reply = await fetch(target.url + path, { headers: { authorization: `Bearer ${target.keys.read}` } })
      expect(reply.headers.get('content-type')).toContain('application/problem+json')
      expect(reply.status).toBeLessThan(500)
    }
  })
})
