import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { storeEvents, storeMoments, usersOf } from '../testkit/rows.js'
import { type Harness, startQueryApi } from '../testkit/server.js'
import type { Results } from './reply.js'

const AT = '2026-06-15T11:59:30.123Z'
let api: Harness
beforeAll(async () => {
  api = await startQueryApi()
})
afterAll(() => api.close())

const ask = (test: string, query = '') => api.get(`/v1/apps/shop/tests/${test}/results${query}`)
const results = async (test: string, query = ''): Promise<Results> => {
  const reply = await ask(test, query)
  expect(reply.statusCode, reply.body).toBe(200)
  return reply.json()
}

it('of a test that nothing happened to are as of the app’s last snapshot', async () => {
  const [first, second, third] = ['2026-06-14T10:00:30.000Z', '2026-06-14T10:00:50.000Z', '2026-06-15T11:00:00.000Z']
  await storeMoments(api.store, 't', first, [{ app: 'calm', event: '', branch: 'a', users: 7 }])
  for (const at of [first, second, third])
    await storeMoments(api.store, '', at, [{ app: 'calm', event: '', branch: '', users: 0 }])
  const found = await Promise.all(
    ['', `?asOf=${third}`, `?asOf=2026-06-15`, `?asOf=${first}`].map((query) =>
      api.get(`/v1/apps/calm/tests/t/results${query}`),
    ),
  )
  expect(found.map((reply) => (reply.json() as Results).asOf)).toEqual([third, third, second, first])
  expect((found[0]!.json() as Results).branches).toEqual([{ branch: 'a', users: 7 }])
})

describe('snapshots', () => {
  beforeAll(async () => {
    for (const [time, users] of [
      ['2026-06-14T10:00:00.000Z', 100],
      // Of one minute the newest wins; the other may be gone.
      ['2026-06-14T10:01:00.000Z', 150],
      ['2026-06-14T10:01:00.250Z', 200],
      ['2026-06-15T10:00:00.000Z', 300],
    ] as const) {
      await storeMoments(api.store, 'history', time, usersOf({ a: users, b: users }))
    }
    await storeEvents(api.store, [{ time: Date.parse(AT), tests: { fresh: 'a' } }])
  })

  it.each([
    ['', '2026-06-15T10:00:00.000Z', 300],
    ['?asOf=2026-06-15', '2026-06-14T10:01:00.250Z', 200],
    ['?asOf=2026-06-14T10:00:59.999Z', '2026-06-14T10:00:00.000Z', 100],
    [`?asOf=${Date.parse('2026-06-14T10:01:00.250Z')}`, '2026-06-14T10:01:00.250Z', 200],
    ['?asOf=2026-06-15T12:00:00%2B02:00', '2026-06-15T10:00:00.000Z', 300],
  ])('%s is of %s', async (query, asOf, users) => {
    const found = await results('history', query)
    expect([found.asOf, found.branches]).toEqual([
      asOf,
      [
        { branch: 'a', users },
        { branch: 'b', users },
      ],
    ])
  })

  it.each([
    ['history', '?asOf=2026-06-13', 'test-not-found'],
    ['fresh', '', 'test-not-found'],
    ['none', '', 'test-not-found'],
  ])('of %s%s there is none', async (test, query, code) => {
    const reply = await ask(test, query)
    expect([reply.statusCode, reply.json().code]).toEqual([404, code])
  })

  it('of an app that never sent anything', async () => {
    expect((await api.get('/v1/apps/none/tests/t/results')).json().code).toBe('app-not-found')
  })
})

it('reads a quarter of a year of snapshots a minute apart about as fast as a single one', async () => {
  const insert = (test: string, rows: number) =>
    api.store.write.command(
      `INSERT INTO moments (app, test, as_of, event, branch, users, converted, mean, m2, sum, crossover, inferred)
     SELECT 'shop', '${test}', fromUnixTimestamp64Milli(toInt64(1750000000000 + intDiv(number, 8) * 60000), 'UTC'),
         ['', 'a', 'b', 'c'][number % 4 + 1], ['x', 'y'][intDiv(number, 4) % 2 + 1], 1000, 100, 1, 1000, 1000, 0, 0
       FROM numbers(${rows})`,
    )
  await insert('long', 1_000_000)
  await insert('short', 8)
  await api.store.write.command('OPTIMIZE TABLE moments FINAL')
  const times = { long: [] as number[], short: [] as number[] }
  for (let i = 0; i < 20; i++) {
    for (const test of ['long', 'short'] as const) {
      const started = performance.now()
      expect((await results(test)).metrics).toHaveLength(6)
      times[test].push(performance.now() - started)
    }
  }
  const [long, short] = [times.long, times.short].map((all) => all.sort((a, b) => a - b)[10]!) as [number, number]
  console.info(`results at the median: ${long.toFixed(1)} ms of 1,000,000 rows of moments, ${short.toFixed(1)} ms of 8`)
  expect(long / short).toBeLessThan(3)
})
