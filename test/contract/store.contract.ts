import { buffer } from 'node:stream/consumers'
import { migrate } from '@assay/core/store/migrate'
import { firstSeen, tables } from '@assay/core/store/schema'
import type { RowFormat, Store } from '@assay/core/store/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { event } from '../support/entry.js'

/** As many as the aggregator's largest batch. */
const COUNT = 250_000
const PIECE = 1024 * 1024

/** Lines as the aggregator writes them, in pieces: events with their offsets, and the mark row. */
function lines(from: number, count: number, fields: object = {}): Buffer[] {
  const rows = Array.from({ length: count }, (_, i) => ({
    partition: 0,
    offset: from + i,
    ...event({
      id: `e${from + i}`,
      user: `u${i % 7}`,
      value: 1e9 + ((from + i) % 2 === 0 ? 1 : -1),
      tests: { t: 'a', s: 'b@2' },
    }),
    ...fields,
  }))
  const mark = { ...event({ id: '', app: '', user: '', event: '$mark' }), partition: 0, offset: from + count - 1 }
  const bytes = Buffer.from([...rows, mark].map((row) => `${JSON.stringify(row)}\n`).join(''))
  return Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, i) => bytes.subarray(i * PIECE, (i + 1) * PIECE))
}

/** What every driver of the store promises. */
export function storeContract(driver: string, open: () => Promise<Store>) {
  describe(`store on ${driver}`, () => {
    let store: Store
    beforeAll(async () => {
      store = await open()
      await migrate(store)
    })
    afterAll(() => store.close())

    const one = async <Row>(sql: string, params = {}) => (await store.read.query<Row>(sql, params))[0]
    const count = async (table: string) =>
      (await one<{ c: number }>(`SELECT count() AS c FROM ${table} WHERE app != ''`))!.c

    describe('an insert', () => {
      test('of a whole batch fills every table, one part each, with its mark', async () => {
        await store.write.insertLines('inbox', lines(0, COUNT), `assay.events/0/0-${COUNT - 1}`)
        for (const table of tables) {
          const [mark] = await store.write.query(table.mark(table.name), { partition: 0 })
          expect([table.name, mark]).toEqual([table.name, { mark: COUNT - 1 }])
          const [parts] = await store.write.query(`SELECT uniqExact(_part) AS parts FROM ${table.name}`)
          expect([table.name, parts]).toEqual([table.name, { parts: 1 }])
        }
        expect(await count('events')).toBe(COUNT)
        expect(await count('facts')).toBe(COUNT)
      })

      test('with the same token again adds nothing anywhere', async () => {
        const merged = tables.map((t) => (t.engine === 'MergeTree' ? t.name : `${t.name} FINAL`))
        const before = await Promise.all(merged.map(count))
        await store.write.insertLines('inbox', lines(0, COUNT), `assay.events/0/0-${COUNT - 1}`)
        expect(await Promise.all(merged.map(count))).toEqual(before)
        expect(await one("SELECT sum(n) AS n FROM bucket_rollup WHERE test = 't'")).toEqual({ n: COUNT })
      })

      test('leaves no mark of another partition', async () => {
        for (const table of tables) {
          expect(await store.write.query(table.mark(table.name), { partition: 1 })).toEqual([])
        }
      })

      test('of values of mean 1e9 and variance 1 keeps their variance to 1e-6', async () => {
        const row = await one<{ v: number }>(
          "SELECT varPopStableMerge(variance) AS v FROM bucket_rollup WHERE app = 'shop' AND test = 't'",
        )
        expect(Math.abs(row!.v - 1)).toBeLessThan(1e-6)
      })

      test('keeps the version of the branch as the phase of the exposure', async () => {
        const row = await one(
          `SELECT DISTINCT ${firstSeen.branch('first')} AS branch, ${firstSeen.version('first')} AS version FROM exposures WHERE test = 's'`,
        )
        expect(row).toEqual({ branch: 'b', version: 2 })
      })

      test('with a refused row is refused whole, by code', async () => {
        const bad = Buffer.from(
          `{"partition":0,"offset":900000,"id":"x","app":"shop","user":"u","event":"e","value":"what"}\n`,
        )
        const inserted = store.write.insertLines('inbox', [...lines(900_000, 5), bad], 'bad')
        await expect(inserted).rejects.toMatchObject({ code: '72' })
        expect(await count('events')).toBe(COUNT)
      })

      test('into no table is refused, by code', async () => {
        await expect(store.write.insertLines('no_such_table', lines(0, 1), 'x')).rejects.toMatchObject({ code: '60' })
      })

      test('that breaks a constraint is refused, by code', async () => {
        const inserted = store.write.insertLines('inbox', lines(900_000, 5, { app: '' }), 'nameless')
        await expect(inserted).rejects.toMatchObject({ code: '469' })
      })

      test('may use the memory of its lines again once they are staged', async () => {
        const pieces = lines(1_000_000, 1000, { app: 'again' })
        const staged = await store.write.stage(pieces)
        for (const piece of pieces) piece.fill(0)
        await staged.insert('inbox', 'again')
        expect(await one("SELECT count() AS n, max(offset) AS last FROM events WHERE app = 'again'")).toEqual({
          n: 1000,
          last: 1_000_999,
        })
      })

      test('goes on while a newer version adds a column to its table', async () => {
        const { write, dialect } = store
        const insert = (from: number) => write.insertLines('events', lines(from, 1, { app: 'widened' }), `w${from}`)
        await insert(9_000_000)
        await write.command(`ALTER TABLE events${dialect.on} ADD COLUMN country LowCardinality(String)`)
        await insert(9_000_001)
        const rows = await write.query("SELECT offset, country FROM events WHERE app = 'widened' ORDER BY offset")
        await write.command(`ALTER TABLE events${dialect.on} DROP COLUMN country SETTINGS mutations_sync = 2`)
        expect(rows).toEqual([9_000_000, 9_000_001].map((offset) => ({ offset, country: '' })))
      })

      test('can be staged while another one is under way', async () => {
        const first = await store.write.stage(lines(1_100_000, 1000, { app: 'two' }))
        const [second] = await Promise.all([
          store.write.stage(lines(1_101_000, 1000, { app: 'two' })),
          first.insert('inbox', 'two/first'),
        ])
        await second.insert('inbox', 'two/second')
        expect(await one("SELECT count() AS n FROM events WHERE app = 'two'")).toEqual({ n: 2000 })
      })

      test('keeps every character, and whole numbers up to 2^53', async () => {
        const odd = { app: 'it’s', user: 'zoë\u0000\\"\'\t🦊', props: { 'ключ\n': '値{x:String}' }, value: 0.1 + 0.2 }
        const last = Number.MAX_SAFE_INTEGER
        await store.write.insertLines('inbox', lines(last, 1, odd), 'odd')
        expect(await one("SELECT app, user, props, value, offset FROM events WHERE app = 'it’s'")).toEqual({
          ...odd,
          offset: last,
        })
      })
    })

    describe('a query', () => {
      test.each([["it's; DROP TABLE events --"], ['\\'], ['a\nb\t\r\u0001'], ['🦊{x:String}'], ['']])(
        'takes %j as a parameter',
        async (text) => {
          expect(await one('SELECT {text:String} AS text', { text })).toEqual({ text })
        },
      )

      test('takes and gives whole numbers past 2^31 as numbers', async () => {
        expect(await one('SELECT {n:UInt64} AS n', { n: Number.MAX_SAFE_INTEGER })).toEqual({
          n: Number.MAX_SAFE_INTEGER,
        })
      })

      test('takes many parameters, and long ones', async () => {
        const names = Array.from({ length: 100 }, (_, i) => `p${i}`)
        const sum = names.map((name) => `{${name}:UInt16}`).join(' + ')
        const edges = Array.from({ length: 10_001 }, (_, i) => 1_700_000_000 + i)
        const params = { edges, ...Object.fromEntries(names.map((name, i) => [name, i])) }
        expect(await one(`SELECT length({edges:Array(UInt32)}) AS edges, ${sum} AS sum`, params)).toEqual({
          edges: 10_001,
          sum: 4950,
        })
      })

      test.each([
        ['SELECT * FROM no_such_table', '60'],
        ['SELECT no_such_column', '47'],
        ['SELEC 1', '62'],
        ["SELECT throwIf(1, 'so')", '395'],
        ['SELECT {missing:String}', '456'],
      ])('%s fails by its code, as a command too', async (sql, code) => {
        await expect(store.read.query(sql)).rejects.toMatchObject({ code })
        await expect(store.write.command(sql)).rejects.toMatchObject({ code })
      })

      test('that fails in the middle of its rows gives none of them, nor does the next one', async () => {
        const failing = store.read.query('SELECT number, throwIf(number = 900000) FROM numbers(1000000)')
        const next = store.read.query('SELECT 1 AS one')
        await expect(failing).rejects.toMatchObject({ code: '395' })
        expect(await next).toEqual([{ one: 1 }])
      })

      test('of many rows gives all of them', async () => {
        const rows = await store.read.query<{ n: number }>('SELECT number AS n FROM numbers(300000) ORDER BY n')
        expect(rows.length).toBe(300_000)
        expect(rows.at(-1)).toEqual({ n: 299_999 })
      })

      test('in one lane does not wait for those in others', async () => {
        const ended: string[] = []
        const waits = (lane: 'write' | 'compute' | 'read', sql: string) =>
          store[lane].query(sql).then(() => ended.push(lane))
        const slow = [waits('write', 'SELECT sleep(2)'), waits('compute', 'SELECT sleep(2)')]
        await waits('read', 'SELECT 1')
        expect(ended).toEqual(['read'])
        await Promise.all(slow)
      })
    })

    describe('an export', () => {
      const bytes = async (...args: Parameters<Store['exports']['bytes']>) => buffer(await store.exports.bytes(...args))

      test.each<[RowFormat, RegExp]>([
        ['CSVWithNames', /^"n","text","at"\r\n1,"a""b\n,",1970-01-01T00:00:01\.500Z\r\n$/],
        ['JSONEachRow', /^\{"n":1,"text":"a\\"b\\n,","at":"1970-01-01T00:00:01\.500Z"\}\n$/],
        ['Parquet', /^PAR1.*PAR1$/s],
        ['ArrowStream', /^\xff\xff\xff\xff.*\xff\xff\xff\xff\0\0\0\0$/s],
      ])('is written as %s', async (format, expected) => {
        const sql = "SELECT 1 AS n, {text:String} AS text, fromUnixTimestamp64Milli(1500, 'UTC') AS at"
        const found = await bytes(sql, format, { params: { text: 'a"b\n,' } })
        expect(found.toString('latin1').replace(/"?(1970[^"]*Z)"?(?=\r)/, '$1')).toMatch(expected)
      })

      test('of many rows has all of them', async () => {
        const lines = (await bytes('SELECT number FROM numbers(300000)', 'JSONEachRow')).toString().split('\n')
        expect([lines.length, lines.at(-2)]).toEqual([300_001, '{"number":299999}'])
      })

      test.each([
        ['SELECT * FROM no_such_table', '60'],
        ['SELECT throwIf(number = 900000) FROM numbers(1000000)', '395'],
      ])('of %s fails by its code, before anything is sent', async (sql, code) => {
        await expect(store.exports.bytes(sql, 'CSVWithNames')).rejects.toMatchObject({ code })
      })

      test('may take ten minutes', async () => {
        const asked = await bytes("SELECT toUInt32(getSetting('max_execution_time')) AS seconds", 'JSONEachRow')
        expect(JSON.parse(asked.toString())).toEqual({ seconds: 600 })
      })

      test('does not wait for another, nor do reads', async () => {
        const ended: string[] = []
        const slow = bytes('SELECT sleep(2)', 'JSONEachRow').then(() => ended.push('slow'))
        await bytes('SELECT 1', 'JSONEachRow').then(() => ended.push('fast'))
        await store.read.query('SELECT {one:UInt8}', { one: 1 }).then(() => ended.push('read'))
        expect(ended).toEqual(['fast', 'read'])
        await slow
      })

      test('that nobody waits for ends', async () => {
        const gone = new AbortController()
        const began = performance.now()
        const sql = 'SELECT sleepEachRow(1) FROM numbers(60) SETTINGS max_block_size = 1'
        const failed = expect(store.exports.bytes(sql, 'JSONEachRow', { signal: gone.signal })).rejects.toThrow()
        gone.abort()
        await failed
        expect(performance.now() - began).toBeLessThan(10_000)
      })
    })

    test('migrating again changes nothing', async () => {
      await migrate(store)
      await migrate(store)
      expect(await one('SELECT count() AS n FROM events')).toMatchObject({ n: expect.any(Number) })
    })
  })
}
