import { type Log, type Membership, payload } from '@assay/core/log/log'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { entry } from '../support/entry.js'

const all = { records: 1_000_000, bytes: 1e9 }
const entries = (from: number, count: number) => Array.from({ length: count }, (_, i) => entry({ id: `e${from + i}` }))

/** What every driver of the log promises. `reopen` closes nothing: it opens the same log again. */
export function logContract(
  driver: string,
  make: () => Promise<{ open: () => Promise<Log>; destroy: () => Promise<void> }>,
) {
  describe(`log on ${driver}`, () => {
    let place: Awaited<ReturnType<typeof make>>
    let log: Log

    beforeEach(async () => {
      place = await make()
      log = await place.open()
    })
    afterEach(async () => {
      await log.close()
      await place.destroy()
    })
    /** A member that has been given the topic's partitions. */
    async function joined(group: string): Promise<{ member: Membership; partitions: readonly number[] }> {
      let told = (_: readonly number[]) => {}
      const assigned = new Promise<readonly number[]>((resolve) => {
        told = resolve
      })
      // None is told as well, while a coordinator is busy.
      const member = await log.join(group, 'assay.events', (partitions) => {
        if (partitions.length > 0) told(partitions)
      })
      return { member, partitions: await assigned }
    }
    const read = (from: number, limit = all) => log.read('assay.events', 0, from, limit)
    const ids = async (from: number, limit = all) => (await read(from, limit)).map((r) => r.id)

    test('an empty log starts and ends at 0 and gives nothing', async () => {
      expect(await log.bounds('assay.events', 0)).toEqual({ start: 0, end: 0 })
      expect(await read(0)).toEqual([])
    })

    test('records come back in order with app, id, time and the exact bytes', async () => {
      const sent = ['é1', '🦊', '\\n', 'plain'].map((id, i) =>
        entry({ id, app: `app "${i}"\n`, user: 'zoë 🦊', received: 1_700_000_000_123 + i }),
      )
      await log.append('assay.events', sent)
      const found = (await read(0)).map((r) => {
        return { offset: r.offset, app: r.app, id: r.id, received: r.received, value: payload(r).toString() }
      })
      expect(found).toEqual(sent.map(({ user: _, ...rest }, offset) => ({ offset, ...rest })))
    })

    test('appends at once from many writers are all there once, each writer’s in its order', async () => {
      await Promise.all(Array.from({ length: 50 }, (_, w) => log.append('assay.events', entries(w * 100, 3))))
      const found = await ids(0)
      expect(found).toHaveLength(150)
      for (let w = 0; w < 50; w++) {
        const own = found.filter((id) => Math.floor(Number(id.slice(1)) / 100) === w)
        expect(own).toEqual([`e${w * 100}`, `e${w * 100 + 1}`, `e${w * 100 + 2}`])
      }
    })

    test('reading starts anywhere, also inside what was written at once, and stops at the limit', async () => {
      await log.append('assay.events', entries(0, 10))
      await log.append('assay.events', entries(10, 10))
      expect(await ids(7, { records: 5, bytes: 1e9 })).toEqual(['e7', 'e8', 'e9', 'e10', 'e11'])
      expect((await ids(0, { records: 100, bytes: 1 })).length).toBeGreaterThan(0)
      expect(await ids(20)).toEqual([])
    })

    test('everything acknowledged is there after reopening, and offsets go on', async () => {
      await log.append('assay.events', entries(0, 3))
      const { member } = await joined('g')
      await member.commit(0, { offset: 2, metadata: 'claim' })
      await member.leave()
      await log.close()
      log = await place.open()
      await log.append('assay.events', entries(3, 1))
      expect((await read(0)).map((r) => [r.offset, r.id])).toEqual([
        [0, 'e0'],
        [1, 'e1'],
        [2, 'e2'],
        [3, 'e3'],
      ])
      expect(await (await joined('g')).member.committed(0)).toEqual({ offset: 2, metadata: 'claim' })
    })

    test('groups and topics do not see each other’s offsets and records', async () => {
      await log.append('assay.quarantine', entries(0, 1))
      const [a, b] = [await joined('a'), await joined('b')]
      await a.member.commit(0, { offset: 1, metadata: '' })
      expect(await b.member.committed(0)).toBeNull()
      expect(await read(0)).toEqual([])
    })

    test('wait resolves when the offset is written, at once when it was, and when aborted', async () => {
      const never = new AbortController()
      const order: string[] = []
      const waiting = log.wait('assay.events', 0, 1, never.signal).then(() => order.push('woken'))
      await log.append('assay.events', entries(0, 1))
      order.push('first')
      await log.append('assay.events', entries(1, 1))
      await waiting
      expect(order).toEqual(['first', 'woken'])
      await log.wait('assay.events', 0, 0, never.signal)
      const aborted = log.wait('assay.events', 0, 99, never.signal)
      never.abort()
      await aborted
    })

    test('close flushes what is under way', async () => {
      const writing = log.append('assay.events', entries(0, 1000))
      await log.close()
      await writing
      log = await place.open()
      expect((await log.bounds('assay.events', 0)).end).toBe(1000)
    })
  })
}
