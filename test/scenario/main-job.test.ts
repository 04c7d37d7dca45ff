import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Results, Series } from '@assay/query-api/schemas'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assay } from '../support/command.js'
import { type ServerProcess, startServer } from '../support/server-process.js'
import { makeTempDir } from '../support/temp.js'

const shared = fileURLToPath(new URL('../../../shared', import.meta.url))
const csv = join(shared, 'data/cookie_cats.csv')
const goldenFile = join(shared, 'golden/cookie_cats.expected.json')

let data: ReturnType<typeof makeTempDir>
let server: ServerProcess
beforeAll(async () => {
  data = makeTempDir()
  server = (await startServer(data.path))!
})
afterAll(async () => {
  await server.end('SIGTERM')
  data.remove()
})

const get = async <T>(path: string, key = server.keys.read) =>
  (await (await fetch(server.url + path, { headers: { authorization: `Bearer ${key}` } })).json()) as T
const post = (body: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/v1/events`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${server.keys.write}`, 'content-type': 'application/json', ...headers },
  })
async function fresh() {
  const isFresh = async () => (await get<{ aggregator: { fresh: boolean } }>('/v1/status')).aggregator.fresh
  while (!(await isFresh())) await new Promise((resolve) => setTimeout(resolve, 30))
}

function close(found: number, expected: number) {
  expect(Math.abs(found - expected) / Math.abs(expected)).toBeLessThan(1e-9)
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
  const run = () =>
    assay(['import', csv, '--app', 'cookie-cats', '--test', 'gate', ...columns, '--data', data.path, '--json'])
  const results = () => get<Results>('/v1/apps/cookie-cats/tests/gate/results')

  test('gives SciPy’s numbers through the API', async () => {
    const { code, out, err } = await run()
    expect([code, err]).toEqual([0, expect.any(String)])
    expect(JSON.parse(out)).toMatchObject({ users: 90_189 })
    const golden = JSON.parse(readFileSync(goldenFile, 'utf8'))
    const found = await results()
    expect(found.control).toBe('gate_30')
    expect(found.branches).toEqual([
      { branch: 'gate_30', users: golden.srm.n[0] },
      { branch: 'gate_40', users: golden.srm.n[1] },
    ])
    close(found.srm.chiSquared, golden.srm.chi2)
    close(found.srm.pValue, golden.srm.p)
    expect(found.warnings.map((w) => w.code)).toContain('sample-ratio-mismatch')
    for (const [event, kind] of [
      ['sum_gamerounds', 'value'],
      ['retention_1', 'conversion'],
      ['retention_7', 'conversion'],
    ] as const) {
      const expected = golden[event]
      const metric = found.metrics.find((m) => m.event === event && m.kind === kind)!
      const [control, treatment] = metric.branches
      const [comparison] = metric.comparisons
      close(control!.mean, expected.mean_c)
      close(treatment!.mean, expected.mean_t)
      close(control!.stddev! ** 2, expected.var_c)
      close(treatment!.stddev! ** 2, expected.var_t)
      const { effect, relative, fixed, method, provisional } = comparison!
      expect([method, provisional]).toEqual(['single-look', false])
      close(effect!, expected.diff)
      close(fixed.ci![0], expected.ci[0])
      close(fixed.ci![1], expected.ci[1])
      close(fixed.pValue!, expected.p)
      close(relative!, expected.rel)
      const standardError = Math.sqrt(expected.var_c / golden.srm.n[0] + expected.var_t / golden.srm.n[1])
      const reach = (fixed.ci![1] - fixed.ci![0]) / 2 / standardError
      close((fixed.relativeCi![1] - fixed.relativeCi![0]) / 2 / reach, expected.se_rel_delta)
    }
    expect(found.metrics.find((m) => m.event === 'retention_7')!.comparisons[0]!.verdict).toBe('worse')
  }, 120_000)

  test('the same file again counts nothing twice', async () => {
    const before = await results()
    const { code, out } = await run()
    expect(code).toBe(0)
    expect(JSON.parse(out).alreadyCounted).toBeGreaterThan(200_000)
    expect({ ...(await results()), asOf: '' }).toEqual({ ...before, asOf: '' })
  }, 120_000)
})

describe('events over HTTP', () => {
  const event = (user: string, name: string, branch: string, more = {}) => ({
    id: `${user}-${name}`,
    app: 'web',
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
    await fresh()
    const { control, decision, metrics, branches } = await get<Results>('/v1/apps/web/tests/button/results')
    expect([control, decision.method, branches]).toEqual([
      'control',
      'any-time',
      [
        { branch: 'blue', users: 2 },
        { branch: 'control', users: 2 },
      ],
    ])
    const value = metrics.find((m) => m.event === 'buy' && m.kind === 'value')!
    expect(value.branches.map((b) => [b.branch, b.mean, b.sum])).toEqual([
      ['blue', 2.5, 5],
      ['control', 0, 0],
    ])
    const series = await get<Series>('/v1/apps/web/tests/button/series?event=buy&bucket=hour')
    expect(series.series.flatMap((s) => s.points.map((p) => [s.branch, p.count, p.mean]))).toEqual([
      ['blue', 1, 5],
      ['control', 1, 7],
    ])
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
      await fresh()
      const { metrics } = await get<Results>('/v1/apps/web/tests/looks/results')
      const { fixed, anytime, verdict, provisional } = metrics[0]!.comparisons[0]!
      return { says: [fixed, anytime].map(({ pValue }) => pValue! < 0.05), verdict, provisional }
    }
    const early = await users(0, 1000, { master: 100, new: 130 })
    expect(early).toEqual({ says: [true, false], verdict: 'inconclusive', provisional: true })
    const late = await users(1000, 5000, { master: 400, new: 470 })
    expect(late).toEqual({ says: [true, true], verdict: 'better', provisional: true })
  }, 60_000)

  test('keys open only what they are for, and stay with their owner', async () => {
    const status = async (path: string, key: string) =>
      (await fetch(server.url + path, { headers: { authorization: `Bearer ${key}` } })).status
    expect(await status('/v1/apps', server.keys.write)).toBe(403)
    expect(await status('/v1/apps', 'wk_guess-guess-guess')).toBe(401)
    expect(await status('/v1/apps', server.keys.admin)).toBe(200)
    expect(
      (
        await fetch(`${server.url}/v1/admin/replay`, {
          method: 'POST',
          headers: { authorization: `Bearer ${server.keys.read}` },
        })
      ).status,
    ).toBe(403)
    expect(statSync(join(data.path, 'keys.json')).mode & 0o777).toBe(0o600)
  })

  test('a replay from the command line leaves the results as they were', async () => {
    const before = await get<Results>('/v1/apps/web/tests/button/results')
    const { code } = await assay(['replay', '--data', data.path, '--json'])
    expect(code).toBe(0)
    await fresh()
    expect({ ...(await get<Results>('/v1/apps/web/tests/button/results')), asOf: '' }).toEqual({ ...before, asOf: '' })
  })

  test('a second server on the same data says whose it is and changes nothing', async () => {
    const { code, err } = await assay(['up', '--data', data.path, '--port', '0'])
    expect(code).toBe(1)
    expect(err).toContain('belongs to one process')
    expect((await fetch(`${server.url}/live`)).status).toBe(200)
  })

  test('addresses nobody answers and names too long are problems of the catalogue', async () => {
    for (const path of ['/nowhere', `/v1/apps/${'x'.repeat(3000)}/tests`, '/v1/apps/%zz/tests']) {
      const reply = await fetch(server.url + path, { headers: { authorization: `Bearer ${server.keys.read}` } })
      expect(reply.headers.get('content-type')).toContain('application/problem+json')
      expect(reply.status).toBeLessThan(500)
    }
  })
})

test('the demo prints the verdict and ends when asked to', async () => {
  const { code, out } = await assay(['demo', '--users', '2000', '--once'])
  expect(code).toBe(0)
  expect(out).toContain('demo-shop / checkout')
  expect(out).toMatch(/purchase conv\./)
  for (const line of out.split('\n').slice(0, 12)) expect(line.length).toBeLessThanOrEqual(100)
}, 60_000)
