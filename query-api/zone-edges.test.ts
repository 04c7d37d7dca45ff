import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Effects } from './analysis/effects-reply.js'
import type { Bucket } from './buckets.js'
import type { Series } from './schemas.js'
import { storeEvents, storeMoments, usersOf } from './testkit/rows.js'
import { type Harness, startQueryApi } from './testkit/server.js'

let api: Harness
beforeAll(async () => {
  api = await startQueryApi()
  await storeEvents(api.store, events)
  await storeMoments(api.store, '', '2011-01-01', snapshots)
})
afterAll(() => api.close())

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const hourly = (first: string, count: number) => Array.from({ length: count }, (_, i) => Date.parse(first) + i * HOUR)
const at = (...times: string[]) => times.map((time) => Date.parse(`${time}Z`))

/** A range in a zone, `from/to`, and where its buckets start and the last one ends. */
const stories: [name: string, bucket: Bucket, tz: string, range: string, edges: number[]][] = [
  ['a day of 23', 'hour', 'Europe/Berlin', '2025-03-30/2025-03-31', hourly('2025-03-29T23:00Z', 24)],
  ['a day of 25', 'hour', 'Europe/Berlin', '2025-10-26/2025-10-27', hourly('2025-10-25T22:00Z', 26)],
  ['half an hour off', 'hour', 'Asia/Kolkata', '2026-02-01/2026-02-02', hourly('2026-01-31T18:30Z', 25)],
  ['a quarter off', 'hour', 'Asia/Kathmandu', '2026-02-01/2026-02-02', hourly('2026-01-31T18:15Z', 25)],
  [
    'the hour that is there twice',
    ...(['hour', 'Europe/Berlin'] as const),
    '2025-10-26T02:30:00+02:00/2025-10-26T02:30:00+01:00',
    hourly('2025-10-26T00:00Z', 3),
  ],
  [
    'half an hour that is lacking',
    ...(['hour', 'Australia/Lord_Howe'] as const),
    '2025-10-05/2025-10-06',
    [...hourly('2025-10-04T13:30Z', 3), ...hourly('2025-10-04T16:00Z', 22)],
  ],
  [
    'half an hour that is there twice',
    ...(['hour', 'Australia/Lord_Howe'] as const),
    '2025-04-06/2025-04-07',
    [...hourly('2025-04-05T13:00Z', 3), ...hourly('2025-04-05T15:30Z', 23)],
  ],
  [
    'from inside the hour that lacks half',
    ...(['hour', 'Australia/Lord_Howe'] as const),
    '2025-10-05T02:45:00+11:00/2025-10-05T03:15:00+11:00',
    at('2025-10-04T15:30', '2025-10-04T16:00', '2025-10-04T17:00'),
  ],
  [
    'from inside the second half on',
    ...(['hour', 'Australia/Lord_Howe'] as const),
    '2025-04-06T01:45:00+10:30/2025-04-06T02:15:00+10:30',
    at('2025-04-05T15:00', '2025-04-05T15:30', '2025-04-05T16:30'),
  ],
  [
    'clocks that go from half past eleven to midnight',
    ...(['hour', 'Asia/Pyongyang'] as const),
    '2018-05-04T23:15:00+08:30/2018-05-05T00:15:00+09:00',
    at('2018-05-04T14:30', '2018-05-04T15:00', '2018-05-04T16:00'),
  ],
  [
    'around a day that is not there',
    ...(['hour', 'Pacific/Apia'] as const),
    '2011-12-29T23:00:00-10:00/2011-12-31T01:00:00+14:00',
    hourly('2011-12-30T09:00Z', 3),
  ],
  [
    'one of 23 hours',
    ...(['day', 'Europe/Berlin', '2025-03-29/2025-04-01'] as const),
    at('2025-03-28T23:00', '2025-03-29T23:00', '2025-03-30T22:00', '2025-03-31T22:00'),
  ],
  [
    'one of 25 hours',
    ...(['day', 'Europe/Berlin', '2025-10-25/2025-10-28'] as const),
    at('2025-10-24T22:00', '2025-10-25T22:00', '2025-10-26T23:00', '2025-10-27T23:00'),
  ],
  [
    'one of 23.5 hours',
    ...(['day', 'Australia/Lord_Howe', '2025-10-05/2025-10-07'] as const),
    at('2025-10-04T13:30', '2025-10-05T13:00', '2025-10-06T13:00'),
  ],
  [
    'one of 24.5 hours',
    ...(['day', 'Australia/Lord_Howe', '2025-04-06/2025-04-08'] as const),
    at('2025-04-05T13:00', '2025-04-06T13:30', '2025-04-07T13:30'),
  ],
  [
    'half an hour off',
    ...(['day', 'Asia/Kolkata', '2026-02-28/2026-03-02'] as const),
    at('2026-02-27T18:30', '2026-02-28T18:30', '2026-03-01T18:30'),
  ],
  [
    'a quarter off',
    ...(['day', 'Asia/Kathmandu', '2025-12-31/2026-01-02'] as const),
    at('2025-12-30T18:15', '2025-12-31T18:15', '2026-01-01T18:15'),
  ],
  [
    'one that is not there',
    ...(['day', 'Pacific/Apia', '2011-12-29/2012-01-01'] as const),
    at('2011-12-29T10:00', '2011-12-30T10:00', '2011-12-31T10:00'),
  ],
  [
    'one of 167 hours',
    ...(['week', 'Europe/Berlin', '2025-03-24/2025-04-07'] as const),
    at('2025-03-23T23:00', '2025-03-30T22:00', '2025-04-06T22:00'),
  ],
  [
    'one of 169 hours',
    ...(['week', 'Europe/Berlin', '2025-10-20/2025-11-03'] as const),
    at('2025-10-19T22:00', '2025-10-26T23:00', '2025-11-02T23:00'),
  ],
  [
    'one of six days',
    ...(['week', 'Pacific/Apia', '2011-12-26/2012-01-09'] as const),
    at('2011-12-26T10:00', '2012-01-01T10:00', '2012-01-08T10:00'),
  ],
  [
    'a March that lacks an hour',
    ...(['month', 'Europe/Berlin', '2025-03-01/2025-05-01'] as const),
    at('2025-02-28T23:00', '2025-03-31T22:00', '2025-04-30T22:00'),
  ],
  [
    'an October of an hour more',
    ...(['month', 'Europe/Berlin', '2025-10-01/2025-12-01'] as const),
    at('2025-09-30T22:00', '2025-10-31T23:00', '2025-11-30T23:00'),
  ],
  [
    'an April of half an hour more',
    ...(['month', 'Australia/Lord_Howe', '2025-04-01/2025-06-01'] as const),
    at('2025-03-31T13:00', '2025-04-30T13:30', '2025-05-31T13:30'),
  ],
  [
    'a December of thirty days',
    ...(['month', 'Pacific/Apia', '2011-12-01/2012-02-01'] as const),
    at('2011-12-01T10:00', '2011-12-31T10:00', '2012-01-31T10:00'),
  ],
]

async function answer<Reply>(route: string, query: Record<string, string>, test = 't'): Promise<Reply> {
  const reply = await api.get(
    `/v1/apps/shop/tests/${encodeURIComponent(test)}/${route}?${new URLSearchParams(query).toString()}`,
  )
  expect(reply.statusCode, reply.body).toBe(200)
  return reply.json()
}

const iso = (times: readonly number[]) => times.map((time) => new Date(time).toISOString())
const [FIRST, LAST] = [1, 100]
const eventOf = (name: string, bucket: string, tz: string) => `${name} ${bucket} ${tz}`

/** Each edge has an event just before it and one just on it. */
const events = stories.flatMap(([name, bucket, tz, , edges]) =>
  edges.flatMap((edge) => [
    { event: eventOf(name, bucket, tz), time: edge - 1, value: LAST },
    { event: eventOf(name, bucket, tz), time: edge, value: FIRST },
  ]),
)

/** And a snapshot on it, or a minute after it, since of one minute there is one. */
const snapshots = stories.flatMap(([name, bucket, tz, , edges]) =>
  [0, MINUTE].flatMap((after) =>
    edges.flatMap((edge) => {
      const own = { test: `${eventOf(name, bucket, tz)} ${after}`, as_of: edge + after }
      const bought = { event: 'buy', users: 9, converted: 3, mean: 1, m2: 1, sum: 9 }
      const arms = ['a', 'b'].map((branch) => ({ ...own, ...bought, branch }))
      return [...usersOf({ a: 9, b: 9 }).map((row) => ({ ...row, ...own })), ...arms]
    }),
  ),
)

describe.each(stories)('%s: by %s in %s', (name, bucket, tz, range, edges) => {
  const [from, to] = range.split('/') as [string, string]
  const asked = { bucket, tz, from, to }
  const starts = iso(edges.slice(0, -1))
  const event = eventOf(name, bucket, tz)

  it('each bucket has what happened from its first millisecond to its last', async () => {
    const { series } = await answer<Series>('series', { ...asked, event })
    const found = series[0]!.points.map(({ start, count, min, max, mean }) => [start, count, min, max, mean])
    expect(found).toEqual(starts.map((start) => [start, 2, FIRST, LAST, (FIRST + LAST) / 2]))
  })

  it('cumulative, each has all up to its end', async () => {
    const { series } = await answer<Series>('series', { ...asked, event, cumulative: 'true' })
    expect(series[0]!.points.map(({ start, count }) => [start, count])).toEqual(
      starts.map((start, i) => [start, 2 * (i + 1)]),
    )
  })

  it.each([
    ['on an edge is of the bucket that ends there', 0, iso(edges.slice(1))],
    ['after an edge is of the bucket that starts there', MINUTE, iso(edges.slice(0, -1).map((edge) => edge + MINUTE))],
  ])('a snapshot %s', async (_, after, asOf) => {
    const { series } = await answer<Effects>('effects', asked, `${event} ${after}`)
    expect(series[0]!.points.map((point) => [point.start, point.asOf])).toEqual(starts.map((s, i) => [s, asOf[i]]))
  })
})

describe('results as of a local time', () => {
  beforeAll(async () => {
    const times = at('2025-03-30T01:00', '2025-10-26T00:30', '2025-10-26T01:30')
    const rows = times.flatMap((as_of, i) => usersOf({ a: i + 1, b: i + 1 }).map((row) => ({ ...row, as_of })))
    await storeMoments(api.store, 'local', '2025-01-01', rows)
  })

  it.each([
    ['the last millisecond before the clocks go on, in Berlin', '2025-03-30T01:59:59.999+01:00', null],
    ['the next one', '2025-03-30T03:00:00+02:00', 1],
    ['half past two for the first time', '2025-10-26T02:30:00+02:00', 2],
    ['half past two for the second', '2025-10-26T02:30:00+01:00', 3],
    ['a quarter to six in Kathmandu, at midnight of UTC', '2025-10-26T05:45:00+05:45', 1],
    ['the same as a date', '2025-10-26', 1],
    ['half past eleven on Lord Howe Island', '2025-10-26T11:30:00+11:00', 2],
  ])('%s: %s', async (_, asOf, users) => {
    const reply = await api.get(`/v1/apps/shop/tests/local/results?${new URLSearchParams({ asOf })}`)
    expect([reply.statusCode, reply.json().branches?.[0].users ?? null]).toEqual([users === null ? 404 : 200, users])
  })
})

it('a date that its zone left out is the start of the next one', async () => {
  const query = { event: 'one that is not there day Pacific/Apia', tz: 'Pacific/Apia' }
  const { series } = await answer<Series>('series', { ...query, from: '2011-12-30', to: '2012-01-01' })
  expect(series[0]!.points.map(({ start }) => start)).toEqual(['2011-12-30T10:00:00.000Z'])
  const url = `/v1/apps/shop/tests/t/series?${new URLSearchParams({ ...query, from: '2011-12-30', to: '2011-12-31' })}`
  const nothing = await api.get(url)
  expect([nothing.statusCode, nothing.json().code]).toEqual([400, 'query-invalid'])
})
