import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createGuard } from '../guard.js'
import type { BaseOptions } from '../options.js'
import { FakeServer, refusal, stored, unreachable } from '../testkit/fake-server.js'
import { createDelivery } from './delivery.js'
import { gzip } from './gzip.js'
import type { Keep, Line } from './keep.js'

let server: FakeServer
let errors: string[]
let drops: [number, string][]
beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(1)
  server = new FakeServer()
  errors = []
  drops = []
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

function open(options: Partial<BaseOptions> = {}) {
  const all: BaseOptions = {
    url: 'https://assay.example',
    key: 'wk_1',
    app: 'shop',
    fetch: server.fetch,
    onError: (error) => errors.push(error.message),
    onDrop: (count, reason) => drops.push([count, reason]),
    ...options,
  }
  return createDelivery(all, createGuard(all.onError))
}

const line = (id: number | string, size = 0): Line => ({
  id: `${id}`,
  json: JSON.stringify({ id: `${id}`, event: 'x'.repeat(size) }),
})
const ids = () => server.batches.map((batch) => batch.map((event) => event.id).join(''))
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

describe('batches', () => {
  test('a batch goes a second after its first event', async () => {
    const delivery = open()
    delivery.add(line(1))
    await pass(600)
    delivery.add(line(2))
    await pass(399)
    expect(ids()).toEqual([])
    await pass(1)
    expect(ids()).toEqual(['12'])
  })

  test('looking for some when there are none hinders nothing', async () => {
    const delivery = open()
    await delivery.flush()
    delivery.add(line(1))
    await delivery.flush()
    expect(ids()).toEqual(['1'])
  })

  test('a full batch goes at once, and what is left after it', async () => {
    const delivery = open({ batch: { events: 3 } })
    for (const id of [1, 2, 3, 4]) delivery.add(line(id))
    await pass(0)
    expect(ids()).toEqual(['123', '4'])
  })

  test('events that are large go in several requests, which are small enough to outlive a page', async () => {
    const delivery = open()
    for (const id of [1, 2, 3, 4, 5]) delivery.add(line(id, 25_000))
    await delivery.flush()
    expect(ids()).toEqual(['12', '34', '5'])
  })

  test('an event that no server takes is given up', async () => {
    const delivery = open()
    delivery.add(line(1, 10_000_000))
    await delivery.flush()
    expect([ids(), drops]).toEqual([[], [[1, 'too-large']]])
  })

  test('key and clock go along', async () => {
    const bodies: string[] = []
    const fetch = (async (_: string, init: RequestInit) => {
      bodies.push(await new Response(init.body).text())
      return stored(1)
    }) as typeof globalThis.fetch
    vi.setSystemTime(1234)
    const delivery = open({ fetch, key: 'wk_a&b' })
    delivery.add(line(1))
    await delivery.flush()
    expect(bodies).toEqual(['{"sentAt":1234,"events":[{"id":"1","event":""}]}'])
  })

  test('compressed where it is worth it', async () => {
    const delivery = open({ compress: gzip })
    delivery.add(line(1))
    await delivery.flush()
    delivery.add(line(2, 5000))
    // Streams take their own time.
    vi.useRealTimers()
    await delivery.flush()
    expect(server.urls.map((url) => url.endsWith('&encoding=gzip'))).toEqual([false, true])
    expect(ids()).toEqual(['1', '2'])
  })
})

describe('a server that does not take them', () => {
  test.each([408, 425, 429, 500, 502, 503, 599])('%i: they are sent again, in order', async (status) => {
    server.replies.push(refusal(status))
    const delivery = open()
    delivery.add(line(1))
    await pass(1000)
    delivery.add(line(2))
    await pass(999)
    expect(ids()).toEqual(['1'])
    await pass(1)
    expect(ids()).toEqual(['1', '12'])
    expect([errors, drops]).toEqual([[`events: ${status}`], []])
  })

  test.each([400, 401, 403, 404, 409, 413, 415, 422])('%i: they are given up', async (status) => {
    server.replies.push(refusal(status))
    const delivery = open()
    for (const id of [1, 2]) delivery.add(line(id))
    await pass(600_000)
    expect(ids()).toEqual(['12'])
    expect([errors, drops]).toEqual([[`events: ${status} no`], [[2, 'refused']]])
  })

  test('some of a batch refused are counted, the others are there', async () => {
    server.replies.push(() => stored(1, [{ index: 1, code: 'event-invalid', message: 'Expected a name.' }]))
    const delivery = open()
    for (const id of [1, 2]) delivery.add(line(id))
    await pass(600_000)
    expect([ids(), errors, drops]).toEqual([['12'], ['events: Expected a name.'], [[1, 'refused']]])
  })

  test('each wait is at most twice the one before, up to five minutes', async () => {
    server.replies.push(...Array.from({ length: 12 }, () => unreachable))
    const delivery = open()
    delivery.add(line(1))
    const waits: number[] = []
    let last = 0
    for (let second = 0; second < 2200; second++) {
      await pass(1000)
      if (server.batches.length <= waits.length) continue
      waits.push(second - last)
      last = second
    }
    expect(waits.slice(1)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300])
    expect(errors[0]).toBe('events: TypeError: fetch failed')
  })

  test('waits are anywhere below that, so that clients do not come together', async () => {
    vi.mocked(Math.random).mockReturnValue(0.25)
    server.replies.push(unreachable)
    const delivery = open()
    delivery.add(line(1))
    await pass(1000 + 249)
    expect(ids()).toEqual(['1'])
    await pass(1)
    expect(ids()).toEqual(['1', '1'])
  })

  test.each([
    ['7', 7000],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 1000],
    ['', 1000],
  ])('Retry-After %j is a wait of %i ms at the least', async (value, milliseconds) => {
    server.replies.push(refusal(503, { 'retry-after': value }))
    const delivery = open()
    delivery.add(line(1))
    await pass(1000 + milliseconds - 1)
    expect(ids()).toEqual(['1'])
    await pass(1)
    expect(ids()).toEqual(['1', '1'])
  })

  test('after a success all waits start anew', async () => {
    server.replies.push(unreachable, unreachable)
    const delivery = open()
    delivery.add(line(1))
    await pass(10_000)
    expect(ids()).toEqual(['1', '1', '1'])
    server.replies.push(unreachable)
    delivery.add(line(2))
    await pass(2000)
    expect(ids().slice(3)).toEqual(['2', '2'])
  })

  test('no more wait than there is room for: the oldest go, and are counted', async () => {
    server.replies.push(unreachable)
    const delivery = open({ queue: 3 })
    for (const id of [1, 2]) delivery.add(line(id))
    await pass(1000)
    for (const id of [3, 4, 5]) delivery.add(line(id))
    expect(drops).toEqual([
      [1, 'queue-full'],
      [1, 'queue-full'],
    ])
    await pass(1000)
    expect(ids()).toEqual(['12', '345'])
  })

  test.each<[string, () => Response]>([
    ['no JSON', () => new Response('<html>', { status: 202 })],
    ['nothing', () => new Response(null, { status: 204 })],
    ['null', () => Response.json(null, { status: 202 })],
    ['a list', () => Response.json([1], { status: 202 })],
  ])('an answer that is %s is still an answer', async (_, reply) => {
    server.replies.push(reply)
    const delivery = open()
    delivery.add(line(1))
    await pass(600_000)
    expect([ids(), drops]).toEqual([['1'], []])
  })
})

describe('what is kept', () => {
  class FakeKeep implements Keep {
    readonly kept = new Map<string, Line>()
    left: Line[] = []

    add(added: Line): void {
      this.kept.set(added.id, added)
    }
    remove(lines: readonly Line[]): void {
      for (const { id } of lines) this.kept.delete(id)
    }
    async adopt(add: (line: Line) => void): Promise<void> {
      for (const left of this.left.splice(0)) add(left)
    }
  }

  test('stays until it is delivered', async () => {
    server.replies.push(unreachable)
    const keep = new FakeKeep()
    const delivery = open({ keep })
    delivery.add(line(1))
    await pass(1000)
    expect([...keep.kept.keys()]).toEqual(['1'])
    await pass(1000)
    expect([...keep.kept.keys()]).toEqual([])
  })

  test('is let go when it is refused, or there is no room', async () => {
    server.replies.push(unreachable, refusal(400))
    const keep = new FakeKeep()
    const delivery = open({ keep, queue: 1 })
    delivery.add(line(1))
    await pass(1000)
    delivery.add(line(2))
    expect([...keep.kept.keys()]).toEqual(['2'])
    await pass(1000)
    expect([...keep.kept.keys()]).toEqual([])
  })

  test('and left behind is sent', async () => {
    const keep = new FakeKeep()
    keep.left = [line(1), line(2)]
    open({ keep })
    await pass(1000)
    expect(ids()).toEqual(['12'])
  })

  test('and cannot be kept is sent all the same', async () => {
    const broken = () => {
      throw new Error('no space')
    }
    const keep: Keep = { add: broken, remove: broken, adopt: async () => broken() }
    const delivery = open({ keep })
    delivery.add(line(1))
    await pass(1000)
    expect(ids()).toEqual(['1'])
    expect(new Set(errors)).toEqual(new Set(['no space']))
  })
})

test('a listener that throws hurts nobody', async () => {
  server.replies.push(refusal(400))
  const angry = () => {
    throw new Error('listener')
  }
  const delivery = open({ onDrop: angry, onError: angry })
  delivery.add(line(1))
  await pass(1000)
  delivery.add(line(2))
  await pass(1000)
  expect(ids()).toEqual(['1', '2'])
})

test('compression that fails costs no event', async () => {
  const delivery = open({ compress: vi.fn().mockRejectedValueOnce(new Error('zlib')).mockResolvedValue(null) })
  delivery.add(line(1))
  await pass(60_000)
  expect([ids(), errors]).toEqual([['1'], ['zlib']])
})

test('closing sends what waits, and is the end', async () => {
  const delivery = open()
  delivery.add(line(1))
  await delivery.close()
  expect(ids()).toEqual(['1'])
  expect(vi.getTimerCount()).toBe(0)
})

test('closing while nobody answers does not wait for ever', async () => {
  server.replies.push(unreachable)
  const delivery = open()
  delivery.add(line(1))
  await delivery.close()
  await pass(600_000)
  expect(ids()).toEqual(['1'])
})
