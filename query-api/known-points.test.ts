import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KnownPoints } from './known-points.js'
import { seriesQuery } from './queries.js'
import type { Reads } from './reads.js'
import { type Point, readSeries } from './series.js'
import { storeEvents } from './testkit/rows.js'
import { type Harness, startQueryApi } from './testkit/server.js'

const HOUR = 3_600_000
const DAY = Date.parse('2026-06-01T00:00Z')
const NOON = 12

let api: Harness
beforeAll(async () => {
  api = await startQueryApi()
})
afterAll(() => api.close())

const view = (event: string, hour: number, user: string, value = 1) => {
  return { event, time: DAY + hour * HOUR + 1, user, value }
}

describe.each([
  ['each bucket', 'false'],
  ['all up to each bucket', 'true'],
])('of %s', (name, cumulative) => {
  it.each<[string, number[], number[] | null]>([
    ['nothing', [], null],
    ['an event of the last hour', [NOON], [NOON]],
    ['a late event', [3], [3]],
    ['late events of hours with and without any', [2, 5], [2, 3, 4, 5]],
    ['the first event of a later hour', [20], [20]],
  ])('after %s only what has changed is read again, and the answer is new', async (what, hours, span) => {
    const event = `${what} ${name}`
    await storeEvents(
      api.store,
      [1, 2, 3, NOON].flatMap((hour) => ['a', 'b'].map((user) => view(event, hour, user, hour))),
    )
    const query = seriesQuery.parse({ event, bucket: 'hour', from: '2026-06-01', to: '2026-06-02', cumulative })
    const asked: { edges: number[] }[] = []
    const reads: Reads = {
      query: (sql, params) => {
        asked.push(params as { edges: number[] })
        return api.store.read.query(sql, params)
      },
    }
    const ask = (known: KnownPoints) => readSeries(reads, known, 'shop', 't', query, DAY)
    const known = new KnownPoints()
    const before = await ask(known)
    const more = hours.map((hour) => view(event, hour, 'c', 7))
    if (more.length > 0) await storeEvents(api.store, more)
    asked.length = 0
    const after = await ask(known)
    const read = asked.slice(1).map(({ edges }) => edges.map((edge) => (edge * 1000 - DAY) / HOUR))
    const all = Array.from({ length: 24 }, (_, hour) => hour)
    expect(read).toEqual(span === null ? [] : [cumulative === 'true' ? all : span])
    expect(after).toEqual(await ask(new KnownPoints()))
    if (hours.length > 0) expect(after).not.toEqual(before)
  })
})

it('forgets the series asked for least lately, where there are many points', () => {
  const known = new KnownPoints()
  const fill = (name: string) => {
    const points = known.of(name)
    for (let i = 0; i < 20_000; i++) points.set(`${i}`, {} as Point)
  }
  for (const name of ['first', 'second']) fill(name)
  known.of('first')
  fill('third')
  expect(['third', 'first', 'second'].map((name) => known.of(name).size)).toEqual([20_000, 20_000, 0])
})

it('and where there are many series', () => {
  const known = new KnownPoints()
  for (const name of ['first', 'second']) known.of(name).set('0', {} as Point)
  for (let i = 0; i < 499; i++) known.of(`other ${i}`)
  expect(['second', 'first'].map((name) => known.of(name).size)).toEqual([1, 0])
})
