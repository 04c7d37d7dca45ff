import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Series } from './schemas.js'
import { storeEvents } from './testkit/rows.js'
import { type Harness, startQueryApi } from './testkit/server.js'

const QUARTER = 900_000
type Points = Series['series'][number]['points']

let api: Harness
beforeAll(async () => {
  api = await startQueryApi()
  await storeEvents(api.store, [...winter(), ...['a', 'b'].map((branch) => odd(branch))])
})
afterAll(() => api.close())

/** An event each quarter hour from October 2025 to the end of March 2026, of twenty users, in two branches. */
function winter() {
  const [start, end] = [Date.parse('2025-10-20T00:00Z'), Date.parse('2026-04-01T00:00Z')]
  return Array.from({ length: (end - start) / QUARTER }, (_, i) => ({
    event: 'view',
    time: start + i * QUARTER + 7,
    user: `u${(i * 7) % 20}`,
    value: 1 + (i % 101),
    tests: { t: i % 3 === 0 ? 'a' : 'b' },
  }))
}

const odd = (branch: string) => ({ event: 'rare', time: Date.parse('2026-02-10T05:00Z'), tests: { t: branch } })

async function series(query: Record<string, string>): Promise<Record<string, Points>> {
  const reply = await api.get(`/v1/apps/shop/tests/t/series?${new URLSearchParams(query).toString()}`)
  expect(reply.statusCode, reply.body).toBe(200)
  return Object.fromEntries((reply.json() as Series).series.map(({ branch, points }) => [branch, points]))
}

const close = (actual: number, expected: number) => expect(Math.abs(actual / expected - 1)).toBeLessThan(1e-11)

describe.each([
  ['hours of a day of 23 in Berlin', 'hour', 'Europe/Berlin', '2026-03-29', '2026-03-30', 23],
  ['hours of a day of 25 in Berlin', 'hour', 'Europe/Berlin', '2025-10-26', '2025-10-27', 25],
  ['hours of a day of 23 in New York', 'hour', 'America/New_York', '2026-03-08', '2026-03-09', 23],
  ['hours of a day of 25 in New York', 'hour', 'America/New_York', '2025-11-02', '2025-11-03', 25],
  ['hours that start at 15 past in Kathmandu', 'hour', 'Asia/Kathmandu', '2026-02-01', '2026-02-02', 24],
  ['hours that start at 15 past on the Chatham Islands', 'hour', 'Pacific/Chatham', '2026-02-01', '2026-02-02', 24],
  ['days around the change in Berlin', 'day', 'Europe/Berlin', '2026-03-27', '2026-04-01', 5],
  ['weeks in New York', 'week', 'America/New_York', '2026-03-02', '2026-03-30', 4],
  ['months in Kathmandu', 'month', 'Asia/Kathmandu', '2025-11-01', '2026-03-01', 4],
])('%s, cumulative', (_, bucket, tz, from, to, buckets) => {
  const asked = { event: 'view', bucket, tz, from, to }
  let parts: Record<string, Points>
  let sums: Record<string, Points>
  beforeAll(async () => {
    parts = await series(asked)
    sums = await series({ ...asked, cumulative: 'true' })
  })

  it('has a point where a bucket has one', () => {
    const starts = (of: Record<string, Points>) => Object.values(of).map((points) => points.map(({ start }) => start))
    expect(starts(sums)).toEqual(starts(parts))
    expect(parts.b).toHaveLength(buckets)
  })

  it.each(['a', 'b'])('is the sum of the parts up to it, in branch %s', (branch) => {
    let [count, total, square] = [0, 0, 0]
    for (const [i, part] of parts[branch]!.entries()) {
      const [before, upTo] = [parts[branch]!.slice(0, i + 1), sums[branch]![i]!]
      count += part.count
      total += part.count * part.mean
      // Around a value near the mean, so that little cancels.
      square += (part.count - 1) * (part.stddev ?? 0) ** 2 + part.count * (part.mean - 50) ** 2
      expect(upTo.count).toBe(count)
      close(upTo.mean, total / count)
      if (count > 1) close(upTo.stddev!, Math.sqrt((square - count * (upTo.mean - 50) ** 2) / (count - 1)))
      expect(upTo.min).toBe(Math.min(...before.map(({ min }) => min)))
      expect(upTo.max).toBe(Math.max(...before.map(({ max }) => max)))
      expect(upTo.users).toBeGreaterThanOrEqual(Math.max(...before.map(({ users }) => users)))
    }
  })
})

it.each([
  ['2026-03', 'Europe/Berlin', '2026-03-01', '2026-04-01'],
  ['2025-11', 'America/New_York', '2025-11-01', '2025-12-01'],
  ['2026-02', 'Asia/Kathmandu', '2026-02-01', '2026-03-01'],
])('the last point of %s by hour in %s is that of one bucket over the month', async (_, tz, from, to) => {
  const asked = { event: 'view', tz, from, to }
  const whole = await series({ ...asked, bucket: 'month' })
  const byHour = await series({ ...asked, bucket: 'hour', cumulative: 'true' })
  for (const branch of ['a', 'b']) {
    const { start: _, mean, stddev, ...exact } = whole[branch]![0]!
    const last = byHour[branch]!.at(-1)!
    expect(last).toMatchObject(exact)
    close(last.mean, mean)
    close(last.stddev!, stddev!)
  }
})

it('starts anew from `from`, and counts a user once however many buckets have them', async () => {
  const asked = { event: 'view', bucket: 'day', from: '2026-02-01', to: '2026-02-04', cumulative: 'true' }
  const { a, b } = await series(asked)
  expect(a!.map(({ count }) => count)).toEqual([32, 64, 96])
  expect(b!.map(({ count, users }) => [count, users])).toEqual([
    [64, 20],
    [128, 20],
    [192, 20],
  ])
})

it('says that it is cumulative; without the event a bucket has no point', async () => {
  const query = 'event=rare&bucket=day&from=2026-02-01&to=2026-03-01'
  const [parts, sums] = await Promise.all(
    ['', '&cumulative=true'].map(async (more) =>
      (await api.get(`/v1/apps/shop/tests/t/series?${query}${more}`)).json(),
    ),
  )
  expect(sums).toEqual({ ...parts, cumulative: true })
  expect(parts.series.map(({ points }: { points: Points }) => points.length)).toEqual([1, 1])
})
