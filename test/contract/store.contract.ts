import { migrate } from '@assay/core/store/migrate'
import { firstSeen, tables } from '@assay/core/store/schema'
import type { Store } from '@assay/core/store/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { event } from '../support/entry.js'

/** Lines as the aggregator writes them: events with their offsets, and the mark row. */
function lines(from: number, count: number): Buffer[] {
  const rows = Array.from({ length: count }, (_, i) => ({
    partition: 0,
    offset: from + i,
    ...event({
      id: `e${from + i}`,
      user: `u${i % 7}`,
      value: 1e9 + ((from + i) % 2 === 0 ? 1 : -1),
      tests: { t: 'a', s: 'b@2' },
    }),
  }))
  const mark = { ...event({ id: '', app: '', user: '', event: '$mark' }), partition: 0, offset: from + count - 1 }
  return [...rows, mark].map((r) => Buffer.from(`${JSON.stringify(r)}\n`))
}

/** What every driver of the store promises. */
export function storeContract(driver: string, make: () => Promise<{ store: Store; destroy: () => Promise<void> }>) {
  describe(`store on ${driver}`, () => {
    let place: Awaited<ReturnType<typeof make>>
    let store: Store

    beforeAll(async () => {
      place = await make()
      store = place.store
      await migrate(store)
    })
    afterAll(() => place.destroy())

    const count = async (table: string) =>
      (await store.read.query<{ c: number }>(`SELECT count() AS c FROM ${table} WHERE app != ''`))[0]!.c

    test('migrating again changes nothing', async () => {
      await migrate(store)
      await migrate(store)
    })

    test('one insert fills every table, one part each, with its mark', async () => {
      await store.write.insertLines('inbox', lines(0, 20_000), 'assay.events/0/0-19999')
      for (const table of tables) {
        const [mark] = await store.read.query(table.mark(table.name), { partition: 0 })
        expect([table.name, mark]).toEqual([table.name, { mark: 19_999 }])
        const [parts] = await store.read.query(`SELECT uniqExact(_part) AS parts FROM ${table.name}`)
        expect([table.name, parts]).toEqual([table.name, { parts: 1 }])
      }
      expect(await count('events')).toBe(20_000)
      expect(await count('facts')).toBe(20_000)
    })

    test('the same token again adds nothing anywhere', async () => {
      const before = await Promise.all(
        tables.map((t) => count(`${t.name} FINAL`.replace(/(events|facts) FINAL/, '$1'))),
      )
      await store.write.insertLines('inbox', lines(0, 20_000), 'assay.events/0/0-19999')
      const after = await Promise.all(tables.map((t) => count(`${t.name} FINAL`.replace(/(events|facts) FINAL/, '$1'))))
      expect(after).toEqual(before)
      const [row] = await store.read.query("SELECT sum(n) AS n FROM bucket_rollup WHERE test = 't'")
      expect(row).toEqual({ n: 20_000 })
    })

    test('a mark of another partition is no mark of this one', async () => {
      for (const table of tables) expect(await store.read.query(table.mark(table.name), { partition: 1 })).toEqual([])
    })

    test('values of mean 1e9 and variance 1 keep their variance to 1e-6', async () => {
      const [row] = await store.read.query<{ v: number }>(
        "SELECT varPopStableMerge(variance) AS v FROM bucket_rollup WHERE app = 'shop' AND test = 't'",
      )
      expect(Math.abs(row!.v - 1)).toBeLessThan(1e-6)
    })

    test('a branch keeps the version it was assigned at as the phase of the exposure', async () => {
      const [row] = await store.read.query(
        `SELECT DISTINCT ${firstSeen.branch('first')} AS branch, ${firstSeen.version('first')} AS version FROM exposures WHERE test = 's'`,
      )
      expect(row).toEqual({ branch: 'b', version: 2 })
    })

    test.each([["it's; DROP TABLE events --"], ['\\'], ['a\nb\t\u0001'], ['🦊{x:String}']])(
      '%j travels as a parameter',
      async (text) => {
        expect(await store.read.query('SELECT {text:String} AS text', { text })).toEqual([{ text }])
      },
    )

    test('whole numbers past 2^31 come as numbers, and 64-bit offsets as parameters', async () => {
      expect(await store.read.query('SELECT {n:UInt64} AS n', { n: 9_007_199_254_740_991 })).toEqual([
        { n: 9_007_199_254_740_991 },
      ])
    })

    test('a refused row refuses its whole insert', async () => {
      const bad = Buffer.from(
        `{"partition":0,"offset":30000,"id":"x","app":"shop","user":"u","event":"e","value":"what"}\n`,
      )
      await expect(store.write.insertLines('inbox', [...lines(30_000, 5), bad], 'bad')).rejects.toMatchObject({
        code: expect.stringMatching(/^\d+$/),
      })
      expect(await count('events')).toBe(20_000)
    })
  })
}
