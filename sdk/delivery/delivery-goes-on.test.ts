import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createGuard } from '../guard.js'
import type { BaseOptions } from '../options.js'
import { createDelivery } from './delivery.js'
import type { Keep, Line } from './keep.js'

/** Ids by request, in the order in which the server got them. */
let got: string[][]
/** What the server answers, and after how many milliseconds. */
let answer: { status: number; after: number; headers?: Record<string, string> }

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
  got = []
  answer = { status: 202, after: 0 }
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

const send: typeof fetch = async (_, init) => {
  const { status, after, headers = {} } = answer
  got.push(JSON.parse(await (init!.body as Blob).text()).events.map(({ id }: { id: string }) => id))
  await new Promise((resolve) => setTimeout(resolve, after))
  return new Response('{"rejected":[]}', { status, headers })
}
const deliver = (more: Partial<BaseOptions> = {}) =>
  createDelivery({ url: '', key: 'k', app: 'shop', fetch: send, ...more }, createGuard())
const line = (id: string) => ({ id, json: JSON.stringify({ id }) })
/** Bodies are read and answered outside of the timers' time. */
const pass = async (milliseconds: number) => {
  for (let i = 0; i < milliseconds; i += 100) {
    await vi.advanceTimersByTimeAsync(100)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('after a flush of nothing', async () => {
  const { add, flush } = deliver()
  await flush()
  add(line('a'))
  await pass(2000)
  expect(got).toEqual([['a']])
})

test('after an answer that took longer than events wait, while others came', async () => {
  answer.after = 3000
  const { add } = deliver()
  add(line('a'))
  await pass(1500)
  add(line('b'))
  await pass(8000)
  add(line('c'))
  await pass(5000)
  expect(got).toEqual([['a'], ['b'], ['c']])
})

test('after a failure that took longer than events wait, while others came', async () => {
  answer = { status: 503, after: 3000 }
  const { add } = deliver()
  add(line('a'))
  await pass(1500)
  add(line('b'))
  await pass(2700)
  answer = { status: 202, after: 0 }
  await pass(5000)
  expect(got).toEqual([['a'], ['a', 'b']])
})

/** A page whose browser takes so many bytes at once along. */
function openPage(room = 64_000) {
  const taken: string[][] = []
  const sendBeacon = (_: string, body: string) => {
    room -= body.length
    if (room >= 0) taken.push(JSON.parse(body).events.map(({ id }: { id: string }) => id))
    return room >= 0
  }
  const page = Object.assign(new EventTarget(), { hidden: true })
  vi.stubGlobal('document', page)
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  vi.stubGlobal('navigator', { onLine: true, sendBeacon })
  return { taken, emit: (event: string) => page.dispatchEvent(new Event(event)) }
}

test('after the page was hidden while the server was away: they stay with it', async () => {
  answer = { status: 503, after: 0 }
  const page = openPage()
  const { add } = deliver()
  add(line('a'))
  await pass(1200)
  page.emit('visibilitychange')
  answer = { status: 202, after: 0 }
  await pass(5000)
  expect([page.taken, got]).toEqual([[], [['a'], ['a']]])
})

test('after the page went away with all that was to be sent again, and came back', async () => {
  answer = { status: 503, after: 0 }
  const page = openPage()
  const { add } = deliver()
  add(line('a'))
  await pass(1200)
  page.emit('pagehide')
  expect(page.taken).toEqual([['a']])
  await pass(5000)
  answer = { status: 202, after: 0 }
  add(line('b'))
  await pass(2000)
  expect(got).toEqual([['a'], ['b']])
})

test('after the page was hidden while some were on their way: only the others go along', async () => {
  answer.after = 3000
  const page = openPage()
  const { add } = deliver()
  add(line('a'))
  await pass(1200)
  add(line('b'))
  page.emit('visibilitychange')
  await pass(10_000)
  expect([page.taken, got]).toEqual([[['b']], [['a']]])
})

test('after the page was left while compression never ended, with all that waits; what had no room is told of', async () => {
  const page = openPage()
  const onDrop = vi.fn()
  const { add } = deliver({ queue: 2, onDrop, compress: () => new Promise(() => {}) })
  add(line('a'))
  await pass(1200)
  for (const id of ['b', 'c']) add(line(id))
  page.emit('pagehide')
  expect([page.taken, onDrop.mock.calls, got]).toEqual([[['b', 'c']], [[1, 'queue-full']], []])
})

test('after the page was hidden with more than its browser takes along: as much as fits goes, the rest stays', async () => {
  const page = openPage(25_000)
  const { add } = deliver()
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) add({ id, json: JSON.stringify({ id, text: 'x'.repeat(5000) }) })
  page.emit('visibilitychange')
  expect(page.taken).toEqual([['a'], ['b'], ['c'], ['d']])
  await pass(2000)
  expect(got).toEqual([['e', 'f']])
})

test('after all was taken back while some were on their way, and given anew', async () => {
  answer.after = 3000
  let forget: () => readonly Line[] = () => []
  const keep: Keep = {
    add: () => {},
    remove: () => {},
    async adopt(_, given) {
      forget = given
    },
  }
  const { add } = deliver({ keep })
  add(line('a'))
  await pass(1200)
  add(line('b'))
  expect(forget().map(({ id }) => id)).toEqual(['a', 'b'])
  add(line('c'))
  await pass(10_000)
  expect(got).toEqual([['a'], ['c']])
})

test.each([0, 1, 2, 3, 4, 5, 6, 7, 8])('after an event that came %i turns after the answer before', async (turns) => {
  let isFirst = true
  const fetch = (async (...args: Parameters<typeof send>) => {
    const response = await send(...args)
    const later = async () => {
      for (let i = 0; i < turns; i++) await null
      add(line('b'))
    }
    if (isFirst) response.json = async () => void later()
    isFirst = false
    return response
  }) as typeof send
  const { add } = deliver({ fetch })
  add(line('a'))
  await pass(3000)
  expect(got).toEqual([['a'], ['b']])
})

test('not before the time that the server asked for, though others came', async () => {
  answer = { status: 503, after: 500, headers: { 'retry-after': '30' } }
  const { add } = deliver()
  add(line('a'))
  await pass(1200)
  add(line('b'))
  await pass(25_000)
  expect(got).toEqual([['a']])
  await pass(10_000)
  expect(got.length).toBeGreaterThan(1)
})

test('not at all once it was stopped, even with what was under way', async () => {
  answer = { status: 503, after: 500 }
  const removed: string[] = []
  const keep = {
    add: () => {},
    remove: (lines: readonly { id: string }[]) => void removed.push(...lines.map(({ id }) => id)),
    adopt: async () => {},
  }
  const { add, stop } = deliver({ keep })
  add(line('a'))
  await pass(1200)
  stop()
  await pass(60_000)
  expect([got, removed]).toEqual([[['a']], ['a']])
})

test('though the server never answers: after a minute it is tried again', async () => {
  const patience = vi.spyOn(AbortSignal, 'timeout')
  const { add } = deliver()
  add(line('a'))
  await pass(1200)
  expect(patience).toHaveBeenCalledWith(60_000)
})
