import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Session } from 'chdb'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { fakeServer } from '../testkit/fake-server.js'
import { tempFiles } from '../testkit/temp.js'
import { cellOf } from './cell.js'
import { openFile } from './file.js'
import { importFile } from './import.js'
import type { ImportOptions } from './options.js'
import { openParquet } from './parquet.js'
import type { Row } from './table.js'

let engine: Session
beforeAll(() => {
  engine = new Session()
})
afterAll(() => engine.close())

/** A file written by ClickHouse. */
function written(select: string, settings = ''): string {
  const path = join(tempFiles({}), 'rows.parquet')
  engine.query(`${select} INTO OUTFILE '${path}' FORMAT Parquet ${settings}`)
  return path
}

/** What ClickHouse itself reads there. */
const asked = (query: string) => JSON.parse(engine.query(query, 'JSONCompactColumns'))

async function rowsOf(path: string, columns?: string[]): Promise<Row[]> {
  const file = await openFile(path)
  onTestFinished(file.close)
  const table = await openParquet(file)
  const rows: Row[] = []
  for await (const row of table.rows(columns ?? table.columns!)) rows.push(row)
  return rows
}

/** A type, some values of it as SQL, and as text. */
const types: [type: string, values: string[], texts: string[]][] = [
  ['Int8', ['-128', '127'], ['-128', '127']],
  ['UInt16', ['65535'], ['65535']],
  ['UInt32', ['4294967295'], ['4294967295']],
  ['Int64', ["'-9223372036854775808'", "'9223372036854775807'"], ['-9223372036854775808', '9223372036854775807']],
  ['UInt64', ["'18446744073709551615'"], ['18446744073709551615']],
  ['Float32', ['1.5', '-0.25'], ['1.5', '-0.25']],
  ['Float64', ['0.1', '1e300', '-2.5e-7', 'nan'], ['0.1', '1e+300', '-2.5e-7', 'NaN']],
  ['Bool', ['true', 'false'], ['true', 'false']],
  ['Decimal(9, 2)', ["'115.15'", "'-0.05'"], ['115.15', '-0.05']],
  ['Decimal(18, 4)', ["'-5.25'", "'99999999999999.9999'"], ['-5.2500', '99999999999999.9999']],
  ['Decimal(38, 0)', ["'12345678901234567890123456789'"], ['12345678901234567890123456789']],
  ['Date', ["'2024-03-01'"], ['2024-03-01T00:00:00.000Z']],
  ['Date32', ["'1925-01-01'"], ['1925-01-01T00:00:00.000Z']],
  ["DateTime('UTC')", ["'2024-03-01 12:30:00'"], ['2024-03-01T12:30:00.000Z']],
  ["DateTime64(3, 'UTC')", ["'2024-03-01 12:30:00.123'"], ['2024-03-01T12:30:00.123Z']],
  ["DateTime64(6, 'UTC')", ["'2024-03-01 12:30:00.123456'"], ['2024-03-01T12:30:00.123Z']],
  ["DateTime64(9, 'Asia/Tokyo')", ["'2024-03-01 12:30:00.123456789'"], ['2024-03-01T03:30:00.123Z']],
  ['String', ["'ü\\n'", "''"], ['ü\n', '']],
  ['LowCardinality(String)', ["'a'", "'b'", "'a'"], ['a', 'b', 'a']],
  ['LowCardinality(Nullable(String))', ["'a'", 'NULL', "'a'"], ['a', '', 'a']],
  ['FixedString(2)', ["'ab'"], ['ab']],
  ["Enum8('ü' = 1)", ["'ü'"], ['ü']],
  ['UUID', ["'61f0c404-5cb3-11e7-907b-a6006ad3dba0'"], ['61f0c404-5cb3-11e7-907b-a6006ad3dba0']],
  ['Nullable(Int64)', ['NULL', '7'], ['', '7']],
  ['Nullable(Decimal(9, 2))', ['NULL', "'7.5'"], ['', '7.50']],
  ["Nullable(DateTime64(3, 'UTC'))", ['NULL'], ['']],
  ['Map(String, String)', ["map('a', 'b')"], ['{"a":"b"}']],
  ['Array(Nullable(Int64))', ['[1, NULL]'], ['["1",null]']],
]

test.each(types)('%s', async (type, values, texts) => {
  const rows = values.map((value, i) => `SELECT ${i} AS i, CAST(${value} AS ${type}) AS v`).join(' UNION ALL ')
  const path = written(`SELECT v FROM (${rows}) ORDER BY i`)
  expect((await rowsOf(path)).map((row) => cellOf(row, 'v'))).toEqual(texts)
})

// The last one has row groups that are longer than what is read at a time.
test.each([
  ['none', 5000, 2000],
  ['snappy', 5000, 2000],
  ['lz4', 5000, 2000],
  ['gzip', 5000, 2000],
  ['zstd', 5000, 2000],
  ['brotli', 5000, 2000],
  ['zstd', 140_000, 100_000],
])('packed by %s, %i rows in groups of %i are what the engine reads', async (method, count, group) => {
  const path = written(
    `SELECT toString(number % 977) AS user, if(number % 3 = 0, NULL, number) AS n,
       CAST((number % 5, toString(number % 7)), 'Tuple(a Int32, b String)') AS t, number % 2 = 0 AS other
     FROM numbers(${count})`,
    `SETTINGS output_format_parquet_compression_method = '${method}', output_format_parquet_row_group_size = ${group},
       output_format_parquet_data_page_size = 5000`,
  )
  const rows = await rowsOf(path, ['user', 'n', 't.b'])
  expect([rows.length, rows.at(-1)!.row, Object.keys(rows[0]!.values)]).toEqual([count, count, ['user', 'n', 't']])
  const columns = ['user', 'n', 't.b'].map((column) => rows.map((row) => cellOf(row, column)))
  const inOrder = 'SETTINGS max_threads = 1, input_format_parquet_preserve_order = 1'
  expect(columns).toEqual(asked(`SELECT user, ifNull(toString(n), ''), t.b FROM file('${path}') ${inOrder}`))
})

test('text that is no UTF-8 is refused by its row, and by nothing of the others', async () => {
  const path = written(`SELECT arrayJoin(['a', unhex('ff')]) AS user, 'e' AS event`)
  const server = await fakeServer()
  const options: ImportOptions = { events: true, app: 'shop', quiet: true }
  await expect(importFile(server, server, path, options)).rejects.toThrow(/^Row 2, column user: expected a user of 1/)
})

test('a file that was cut or changed within says so', async () => {
  const path = written('SELECT toString(number) AS v FROM numbers(1000)')
  const bytes = readFileSync(path)
  writeFileSync(path, bytes.fill(0xff, 4, 200))
  await expect(rowsOf(path)).rejects.toThrow('Expected Parquet in')
  writeFileSync(path, bytes.subarray(0, 500))
  await expect(rowsOf(path)).rejects.toThrow('Expected Parquet in')
})

test('users and events are those of the same rows as CSV', async () => {
  const select = `SELECT number AS id, ['a', 'b'][number % 2 + 1] AS v, number / 4 AS m, number % 3 = 0 AS won,
    toDateTime64(number, 3, 'UTC') AS at, 'e' AS event FROM numbers(100)`
  const parquet = written(select)
  const csv = join(tempFiles({}), 'rows.csv')
  engine.query(`${select} INTO OUTFILE '${csv}' FORMAT CSVWithNames`)
  const users = { events: false, test: 'gate', branch: 'v', metric: ['m', 'won'], user: 'id', time: 'at' }
  const events = { events: true, test: 'gate', branch: 'v', value: 'm', user: 'id', time: 'at', prop: ['won'] }
  for (const options of [users, events]) {
    const servers = [await fakeServer(), await fakeServer()] as const
    const [one, two] = [
      await importFile(servers[0], servers[0], parquet, { ...options, app: 'game', quiet: true }),
      await importFile(servers[1], servers[1], csv, { ...options, app: 'game', quiet: true }),
    ]
    expect({ ...one, digest: '', seconds: 0 }).toEqual({ ...two, digest: '', seconds: 0 })
    const sent = servers.map((s) => s.events.map(({ id: _, ...event }) => event))
    expect(sent[0]).toEqual(sent[1])
    expect(one.events).toBeGreaterThan(99)
  }
})
