import { join } from 'node:path'
import type { WireEvent } from '@assay/core/event'
import { expect, test } from 'vitest'
import { type FakeServer, fakeServer, type Mood } from '../testkit/fake-server.js'
import { tempFiles } from '../testkit/temp.js'
import { importFile } from './import.js'
import type { ImportOptions } from './options.js'

const options: ImportOptions = {
  events: false,
  app: 'game',
  test: 'gate',
  user: 'id',
  branch: 'v',
  metric: ['m', 'won'],
  quiet: true,
}

function users(count: number, last = ''): string {
  const rows = Array.from(
    { length: count },
    (_, i) => `u${i},${i % 2 ? 'a' : 'b'},${i % 5},${i % 3 ? 'TRUE' : 'FALSE'}\n`,
  )
  return join(tempFiles({ 'users.csv': `id,v,m,won\n${rows.join('')}${last}` }), 'users.csv')
}

const run = (server: FakeServer, file: string) => importFile(server, server, file, options)
const distinct = (events: WireEvent[]) => new Map(events.map(({ time: _, ...e }) => [e.id!, e]))

test('every event arrives through a server that fails, drops connections and loses answers', async () => {
  const file = users(3000)
  const moods: Mood[] = ['busy', 'drop', 'take', 'lose', 'limit', 'take', 'lose', 'drop']
  const [calm, rough] = [await fakeServer(), await fakeServer((n) => moods[n] ?? 'take')]
  const summary = await run(calm, file)
  // 3000 exposures, 4 of 5 with rounds, 2 of 3 who won
  expect(summary).toMatchObject({ rows: 3000, users: 3000, events: 7400, alreadyCounted: 0 })
  expect(calm.events.length).toBe(7400)
  expect(await run(rough, file)).toMatchObject({ events: 7400, digest: summary.digest })
  expect(rough.events.length).toBeGreaterThan(7400)
  expect(distinct(rough.events)).toEqual(distinct(calm.events))
})

test('ids number the events of the file without a gap', async () => {
  const server = await fakeServer()
  const { digest } = await run(server, users(100))
  const ids = server.events.map((e) => e.id)
  expect(ids).toEqual(ids.map((_, i) => `import:${digest}:${i}`))
})

test('a second run sends nothing', async () => {
  const [server, file] = [await fakeServer(), users(100)]
  const { events } = await run(server, file)
  expect(await run(server, file)).toMatchObject({ events, alreadyCounted: events })
  expect(server.events.length).toBe(events)
})

test('a run after one that was cut off goes on at the first event the server lacks', async () => {
  const [whole, cut, file] = [await fakeServer(), await fakeServer(), users(3000)]
  await run(whole, file)
  cut.events.push(...whole.events.filter((_, i) => i < 2500 || (i > 4000 && i < 5000)))
  const had = cut.events.length
  expect(await run(cut, file)).toMatchObject({ alreadyCounted: had })
  expect(cut.events[had]!.id).toBe(whole.events[2500]!.id)
  expect(distinct(cut.events)).toEqual(distinct(whole.events))
})

test('a fault in the last row is found before anything is sent', async () => {
  const server = await fakeServer()
  await expect(run(server, users(3000, 'u9,a,x,TRUE\n'))).rejects.toThrow('Row 3001 (line 3002), column m')
  expect(server.requests).toBe(0)
})
