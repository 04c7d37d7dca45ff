import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Series } from './schemas.js'
import { storeEvents } from './testkit/rows.js'
import { type Harness, NOW, startQueryApi } from './testkit/server.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

let api: Harness
beforeAll(async () => {
  api = await startQueryApi()
  await storeEvents(api.store, [
    ...everyQuarter('spring', '2026-03-28T00:00Z', '2026-03-31T00:00Z'),
    ...everyQuarter('autumn', '2026-10-24T00:00Z', '2026-10-27T00:00Z'),
    ...everyQuarter('$exposure', '2026-06-15T00:00Z', '2026-06-15T12:00Z'),
    ...['a', 'b', 'b'].map((branch, i) => ({ event: 'view', time: NOW - HOUR, user: `u${i}`, tests: { t: branch } })),
  ])
})
afterAll(() => api.close())

function everyQuarter(event: string, from: string, to: string) {
  const [start, end] = [Date.parse(from), Date.parse(to)]
  return Array.from({ length: (end - start) / (15 * MINUTE) }, (_, i) => ({ event, time: start + i * 15 * MINUTE + 7 }))
}

const ask = (query: Record<string, string>) =>
  api.get(`/v1/apps/shop/tests/t/series?${new URLSearchParams(query).toString()}`)
async function points(query: Record<string, string>) {
  const reply = await ask(query)
  expect(reply.statusCode, reply.body).toBe(200)
  return (reply.json() as Series).series[0]?.points ?? []
}
/** Stores these values as one event a minute from midnight on, and gives its point. */
async function pointOf(event: string, values: readonly number[]) {
  const start = Date.parse('2026-06-01T00:00Z')
  await storeEvents(
    api.store,
    values.map((value, i) => ({ event, value, time: start + i, user: `u${i}` })),
  )
  const [point, ...others] = await points({ event, from: '2026-06-01', to: '2026-06-02' })
  expect(others).toEqual([])
  return point!
}

it('answers in the agreed form, by branch', async () => {
  const reply = (await ask({ event: 'view', bucket: 'hour' })).json()
  const of = { mean: 1, min: 1, max: 1, p50: 1, p90: 1, p95: 1, p99: 1 }
  const start = '2026-06-15T11:00:00.000Z'
  expect(reply).toEqual({
    ...{ app: 'shop', testId: 't', event: 'view', bucket: 'hour', tz: 'UTC' },
    series: [
      { branch: 'a', points: [{ start, count: 1, stddev: null, users: 1, ...of }] },
      { branch: 'b', points: [{ start, count: 2, stddev: 0, users: 2, ...of }] },
    ],
  })
})

describe('time zones', () => {
  it.each([
    ['spring', 'Europe/Berlin', '2026-03-29', '2026-03-30', '2026-03-28T23:00:00.000Z', 23 * 4],
    ['autumn', 'Europe/Berlin', '2026-10-25', '2026-10-26', '2026-10-24T22:00:00.000Z', 25 * 4],
    ['spring', 'Asia/Kathmandu', '2026-03-29', '2026-03-30', '2026-03-28T18:15:00.000Z', 24 * 4],
    ['spring', 'America/New_York', '2026-03-29', '2026-03-30', '2026-03-29T04:00:00.000Z', 24 * 4],
    ['spring', 'europe/berlin', '2026-03-29', '2026-03-30', '2026-03-28T23:00:00.000Z', 23 * 4],
  ])('the day of %s in %s', async (event, tz, from, to, start, count) => {
    expect(await points({ event, tz, from, to })).toMatchObject([{ start, count }])
  })

  it.each([
    ['hour', 'Asia/Kathmandu', ['2026-03-28T18:15:00.000Z', '2026-03-28T19:15:00.000Z'], [4, 4]],
    ['week', 'Europe/Berlin', ['2026-03-22T23:00:00.000Z', '2026-03-29T22:00:00.000Z'], [2 * 96 - 8, 96 + 8]],
    ['month', 'Pacific/Auckland', ['2026-02-28T11:00:00.000Z'], [3 * 96]],
  ])('%ss in %s', async (bucket, tz, starts, counts) => {
    const range = bucket === 'hour' ? ['2026-03-29', '2026-03-29T02:00:00+05:45'] : ['2026-03-28', '2026-03-31']
    const found = await points({ event: 'spring', bucket, tz, from: range[0]!, to: range[1]! })
    expect([found.map((p) => p.start), found.map((p) => p.count)]).toEqual([starts, counts])
  })

  it('a range inside buckets takes them whole', async () => {
    const found = await points({ event: 'spring', from: '2026-03-28T23:59:00Z', to: '2026-03-29T00:00:00.001Z' })
    expect(found.map((p) => p.count)).toEqual([96, 96])
  })

  it('without a range it looks back from now', async () => {
    expect(await points({ event: '$exposure' })).toMatchObject([{ start: '2026-06-15T00:00:00.000Z', count: 48 }])
    expect(await points({ event: 'spring' })).toHaveLength(3)
    expect(await points({ event: 'spring', bucket: 'hour' })).toEqual([])
  })
})

describe('numbers', () => {
  it('values with mean 1e9 and variance 1 keep it to 1e-6, over hours merged into a day', async () => {
    const values = Array.from({ length: 10_000 }, (_, i) => 1e9 + Math.sqrt(2) * Math.sin(i))
    const mean = values.reduce((sum, v) => sum + (v - 1e9), 0) / values.length
    const variance = values.reduce((sum, v) => sum + (v - 1e9 - mean) ** 2, 0) / (values.length - 1)
    const start = Date.parse('2026-05-01T00:00Z')
    await storeEvents(
      api.store,
      values.map((value, i) => ({ event: 'offset', value, time: start + i * 8000 })),
    )
    const [point] = await points({ event: 'offset', from: '2026-05-01', to: '2026-05-02' })
    expect(point!.count).toBe(10_000)
    expect(Math.abs(point!.stddev! ** 2 / variance - 1)).toBeLessThan(1e-6)
    expect(Math.abs(point!.mean / (1e9 + mean) - 1)).toBeLessThan(1e-12)
  })

  it.each([
    ['lognormal', (i: number) => Math.exp(3 * Math.sin(i * i))],
    ['negative', (i: number) => -Math.exp(2 * Math.cos(i * i))],
    ['both signs', (i: number) => 1000 * Math.sin(i * i) ** 3],
    ['a narrow spread far out', (i: number) => 1e9 + Math.sin(i)],
    ['tiny and huge', (i: number) => 10 ** (100 * Math.sin(i * i))],
    ['mostly zero', (i: number) => (i % 20 === 0 ? i : 0)],
  ])('quantiles of %s are within 1 %%', async (name, value) => {
    const values = Array.from({ length: 1000 }, (_, i) => value(i + 1))
    const point = await pointOf(`quantiles ${name}`, values)
    const sorted = values.toSorted((a, b) => a - b)
    for (const percent of [50, 90, 95, 99] as const) {
      const exact = sorted[(percent * values.length) / 100 - 1]!
      expect(Math.abs(point[`p${percent}`] - exact), `p${percent}`).toBeLessThanOrEqual(0.01 * Math.abs(exact))
    }
    expect([point.min, point.max]).toEqual([sorted[0], sorted.at(-1)])
  })

  it('zeros and negatives are values', async () => {
    const point = await pointOf('signs', [-5, 0, 0, 5])
    expect(point).toMatchObject({ count: 4, mean: 0, min: -5, max: 5, p50: 0, p99: 5 })
    expect(point.stddev).toBeCloseTo(Math.sqrt(50 / 3), 12)
  })

  it('users are counted once, to 1 % among many', async () => {
    const many = Array.from({ length: 50_000 }, (_, i) => ({ event: 'many', time: NOW - HOUR, user: `m${i % 25_000}` }))
    await storeEvents(api.store, many)
    const [point] = await points({ event: 'many' })
    expect(point!.count).toBe(50_000)
    expect(Math.abs(point!.users / 25_000 - 1)).toBeLessThan(0.01)
  })
})

describe('refusals', () => {
  it.each([
    [
      'a range that ends before it starts',
      { from: '2026-06-02', to: '2026-06-01' },
      /^from: expected a time before to/,
    ],
    [
      'more points than fit',
      { bucket: 'hour', from: '1990-01-01' },
      /^from, to, bucket: expected at most 10000 points/,
    ],
  ])('%s', async (_, query, detail) => {
    const reply = await ask({ event: 'view', ...query })
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'query-invalid'])
    expect(reply.json().detail).toMatch(detail)
  })

  it('an event that never came has no points; a test or app that never came is an error', async () => {
    expect(await points({ event: 'none' })).toEqual([])
    expect((await api.get('/v1/apps/shop/tests/none/series?event=view')).json().code).toBe('test-not-found')
    expect((await api.get('/v1/apps/none/tests/t/series?event=view')).json().code).toBe('app-not-found')
  })
})

it('a series may have 10,000 points', async () => {
  const hours = 9_990
  await api.store.write.command(
    `INSERT INTO inbox SELECT toString(number), 'shop', toString(number % 5000), 'dense', 1 + number % 997,
       fromUnixTimestamp64Milli(toInt64({start:Int64} + (number % {hours:UInt64}) * 3600000), 'UTC'), map('t', 'a'), map(), now64(3), 0, number
     FROM numbers(100000)`,
    { start: NOW - hours * HOUR, hours },
  )
  const asked = performance.now()
  const query = { event: 'dense', bucket: 'hour', tz: 'Europe/Berlin', from: String(NOW - hours * HOUR) }
  expect(await points(query)).toHaveLength(hours)
  console.info(`series of ${hours} points of 10 events: ${(performance.now() - asked).toFixed(0)} ms`)
})
