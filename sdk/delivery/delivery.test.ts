import { describe, expect, test, vi } from 'vitest'
import { refusal, stored, unreachable } from '../testkit/fake-server.js'
import { line, pass, type Stage, stageEach } from '../testkit/stage.js'
import { gzip } from './gzip.js'
import type { Keep, Line } from './keep.js'

let stage: Stage
stageEach((next) => {
  stage = next
})

describe('batches', () => {
  test('a batch goes a second after its first event', async () => {
    const delivery = stage.open()
    delivery.add(line(1))
    await pass(600)
    delivery.add(line(2))
    await pass(399)
    expect(stage.ids).toEqual([])
    await pass(1)
    expect(stage.ids).toEqual(['12'])
  })

  test('looking for some when there are none hinders nothing', async () => {
    const delivery = stage.open()
    await delivery.flush()
    delivery.add(line(1))
    await delivery.flush()
    expect(stage.ids).toEqual(['1'])
  })

  test('none stays behind that comes as the last of the others goes', async () => {
    for (let ticks = 0; ticks < 30; ticks++) {
      const delivery = stage.open()
      delivery.add(line(1))
      const flushed = delivery.flush()
      for (let i = 0; i < ticks; i++) await Promise.resolve()
      delivery.add(line(2))
      await flushed
      await pass(1000)
    }
    expect(stage.ids.join('')).toBe('12'.repeat(30))
  })

  test('a full batch goes at once, and what is left after it', async () => {
    const delivery = stage.open({ batch: { events: 3 } })
    for (const id of [1, 2, 3, 4]) delivery.add(line(id))
    await pass(0)
    expect(stage.ids).toEqual(['123', '4'])
  })

  test('events that are large go in several requests, which are small enough to outlive a page', async () => {
    const delivery = stage.open()
    for (const id of [1, 2, 3, 4, 5]) delivery.add(line(id, 25_000))
    await delivery.flush()
    expect(stage.ids).toEqual(['12', '34', '5'])
  })

  test('an event that no server takes is given up', async () => {
    const delivery = stage.open()
    delivery.add(line(1, 10_000_000))
    await delivery.flush()
    expect([stage.ids, stage.drops]).toEqual([[], [[1, 'too-large']]])
  })

  test('key and clock go along', async () => {
    const bodies: string[] = []
    const fetch = (async (_: string, init: RequestInit) => {
      bodies.push(await new Response(init.body).text())
      return stored(1)
    }) as typeof globalThis.fetch
    vi.setSystemTime(1234)
    const delivery = stage.open({ fetch, key: 'wk_a&b' })
    delivery.add(line(1))
    await delivery.flush()
    expect(bodies).toEqual(['{"sentAt":1234,"events":[{"id":"1","event":""}]}'])
  })

  test('compressed where it is worth it', async () => {
    const delivery = stage.open({ compress: gzip })
    delivery.add(line(1))
    await delivery.flush()
    delivery.add(line(2, 5000))
    // Streams take their own time.
    vi.useRealTimers()
    await delivery.flush()
    expect(stage.server.urls.map((url) => url.endsWith('&encoding=gzip'))).toEqual([false, true])
    expect(stage.ids).toEqual(['1', '2'])
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
    stage.server.replies.push(unreachable)
    const keep = new FakeKeep()
    const delivery = stage.open({ keep })
    delivery.add(line(1))
    await pass(1000)
    expect([...keep.kept.keys()]).toEqual(['1'])
    await pass(1000)
    expect([...keep.kept.keys()]).toEqual([])
  })

  test('is let go when it is refused, or there is no room', async () => {
    stage.server.replies.push(unreachable, refusal(400))
    const keep = new FakeKeep()
    const delivery = stage.open({ keep, queue: 1 })
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
    stage.open({ keep })
    await pass(1000)
    expect(stage.ids).toEqual(['12'])
  })

  test('and cannot be kept is sent all the same', async () => {
    const broken = () => {
      throw new Error('no space')
    }
    const keep: Keep = { add: broken, remove: broken, adopt: async () => broken() }
    const delivery = stage.open({ keep })
    delivery.add(line(1))
    await pass(1000)
    expect(stage.ids).toEqual(['1'])
    expect(new Set(stage.errors)).toEqual(new Set(['no space']))
  })
})

test('a listener that throws hurts nobody', async () => {
  stage.server.replies.push(refusal(400))
  const angry = () => {
    throw new Error('listener')
  }
  const delivery = stage.open({ onDrop: angry, onError: angry })
  delivery.add(line(1))
  await pass(1000)
  delivery.add(line(2))
  await pass(1000)
  expect(stage.ids).toEqual(['1', '2'])
})

test('compression that fails costs no event', async () => {
  const delivery = stage.open({ compress: vi.fn().mockRejectedValueOnce(new Error('zlib')).mockResolvedValue(null) })
  delivery.add(line(1))
  await pass(60_000)
  expect([stage.ids, stage.errors]).toEqual([['1'], ['zlib']])
})

test('closing sends what waits, and is the end', async () => {
  const delivery = stage.open()
  delivery.add(line(1))
  await delivery.close()
  expect(stage.ids).toEqual(['1'])
  expect(vi.getTimerCount()).toBe(0)
})

test('closing while nobody answers does not wait for ever, and what waits is given up', async () => {
  stage.server.replies.push(unreachable)
  const delivery = stage.open()
  for (const id of [1, 2]) delivery.add(line(id))
  await delivery.close()
  expect(stage.drops).toEqual([[2, 'closed']])
  await pass(600_000)
  expect(stage.ids).toEqual(['12'])
})

test('closing while nobody answers gives up nothing that is kept', async () => {
  stage.server.replies.push(unreachable)
  const keep: Keep = { add: () => {}, remove: vi.fn(), adopt: async () => {}, release: vi.fn() }
  const delivery = stage.open({ keep })
  delivery.add(line(1))
  await delivery.close()
  expect(keep.release).toHaveBeenCalled()
  expect(vi.mocked(keep.remove).mock.calls.flatMap(([lines]) => lines)).toEqual([])
  expect(stage.drops).toEqual([])
})

test('what is tracked after closing is given up and told of', async () => {
  const delivery = stage.open()
  await delivery.close()
  delivery.add(line(1))
  await pass(600_000)
  expect([stage.ids, stage.drops]).toEqual([[], [[1, 'closed']]])
})

test.each([0, -1, Number.NaN])('a batch of %d events is one of one', async (events) => {
  const delivery = stage.open({ batch: { events } })
  for (const id of [1, 2]) delivery.add(line(id))
  await delivery.flush()
  expect(stage.ids).toEqual(['1', '2'])
})

test('what is given up is nowhere any more, nor what is on its way and does not arrive', async () => {
  const kept = new Map<string, Line>()
  const released: string[] = []
  const keep: Keep = {
    add: (one) => kept.set(one.id, one),
    remove: (lines) => {
      for (const { id } of lines) kept.delete(id)
    },
    adopt: async () => {},
    release: () => released.push(...kept.keys()),
  }
  let answer = (_: Response) => {}
  stage.server.replies.push(() => new Promise((resolve) => (answer = resolve)))
  const delivery = stage.open({ keep })
  delivery.add(line(1))
  await pass(1000)
  delivery.add(line(2))
  expect(delivery.stop().map(({ id }) => id)).toEqual(['1', '2'])
  answer(new Response('', { status: 503 }))
  await pass(3_600_000)
  expect([[...kept], released, stage.ids]).toEqual([[], [], ['1']])
})
