import { request } from 'node:http'
import { Readable } from 'node:stream'
import { brotliCompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { createClient } from '@clickhouse/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ClickHouseProcess, startClickHouseProcess } from './clickhouse-server-process.js'
import { makeTempDir } from './temp.js'

const { path, remove } = makeTempDir()
const account = { user: 'default', password: 'secret' }
const auth = { authorization: `Basic ${Buffer.from('default:secret').toString('base64')}` }
let server: ClickHouseProcess
beforeAll(async () => {
  server = await startClickHouseProcess({ path, ...account })
})
afterAll(() => server.end('SIGKILL').then(remove))

function post(body: string | Uint8Array, params: Record<string, string> = {}, headers: Record<string, string> = auth) {
  return fetch(`${server.url}/?${new URLSearchParams(params)}`, { method: 'POST', body, headers })
}
const text = async (...args: Parameters<typeof post>) => (await post(...args)).text()
const client = () => createClient({ url: server.url, password: account.password, log: { level: 127 } })

describe('an answer', () => {
  test('to a ping needs no user', async () => {
    expect(await (await fetch(`${server.url}/ping`)).text()).toBe('Ok.\n')
  })

  test('names its query and its format, and sums up', async () => {
    const { headers } = await post('SELECT 1', { query_id: 'mine' })
    expect(headers.get('x-clickhouse-query-id')).toBe('mine')
    expect(headers.get('x-clickhouse-format')).toBe('TabSeparated')
    expect(JSON.parse(headers.get('x-clickhouse-summary')!)).toMatchObject({
      elapsed_ns: expect.stringMatching(/^\d+$/),
    })
  })

  test.each([
    ['SELECT 1 AS a, 2 AS b', {}, '1\t2\n'],
    ['SELECT 1 AS a, 2 AS b', { default_format: 'CSV' }, '1,2\n'],
    ['SELECT 1 AS a, 2 AS b FORMAT JSONEachRow', { default_format: 'CSV' }, '{"a":1,"b":2}\n'],
    ["SELECT {x:String} AS a, getSetting('max_threads') AS b", { param_x: 'a\\tb', max_threads: '1' }, 'a\\tb\t1\n'],
    ['SELECT currentDatabase()', { database: 'system' }, 'system\n'],
  ])('to %s with %j is %j', async (sql, params, expected) => {
    expect(await text(sql, params)).toBe(expected)
  })

  test('is compressed for who asks and accepts', async () => {
    const plain = await post('SELECT 1', { enable_http_compression: '1' }, { ...auth, 'accept-encoding': 'br' })
    expect(plain.headers.get('content-encoding')).toBeNull()
    const zipped = await new Promise<Buffer>((resolve) => {
      const address = `${server.url}/?enable_http_compression=1`
      const headers = { ...auth, 'accept-encoding': 'gzip' }
      request(address, { method: 'POST', headers }, async (r) => resolve(Buffer.concat(await r.toArray()))).end(
        'SELECT 1',
      )
    })
    expect(gunzipSync(zipped).toString()).toBe('1\n')
  })

  test('leaves no setting and no parameter behind', async () => {
    await text("SELECT {x:String}, getSetting('max_threads')", { param_x: 'x', max_threads: '1' })
    expect(await text("SELECT getSetting('max_threads') = 1")).toBe('0\n')
    expect((await post('SELECT {x:String}')).headers.get('x-clickhouse-exception-code')).toBe('456')
  })

  test('belongs to its own request, however many there are', async () => {
    const numbers = Array.from({ length: 100 }, (_, i) => i)
    const answers = numbers.map((n) => text('SELECT {n:UInt32}', { param_n: String(n) }))
    expect(await Promise.all(answers)).toEqual(numbers.map((n) => `${n}\n`))
  })

  test('starts before its end is known', async () => {
    const { body } = await post('SELECT number, sleepEachRow(0.05) FROM numbers(60) SETTINGS max_block_size = 20')
    const started = performance.now()
    for await (const _ of body!) if (performance.now() - started < 500) return
    throw new Error('Expected a part of the answer at once.')
  })
})

describe('an error', () => {
  test.each([
    ['SELECT 1 FROM', 400, 62],
    ['SELECT nope', 404, 47],
    ['SELECT * FROM nope', 404, 60],
    ['SELECT 1 SETTINGS nope = 1', 404, 115],
    ["SELECT throwIf(1, 'so')", 500, 395],
  ])('of %s has status %i and code %i', async (sql, status, code) => {
    const response = await post(sql)
    expect([response.status, response.headers.get('x-clickhouse-exception-code')]).toEqual([status, String(code)])
    expect(await response.text()).toMatch(new RegExp(`^Code: ${code}\\. DB::Exception: .*\\(\\w+\\)`))
  })

  test.each([
    [{ authorization: `Basic ${Buffer.from('default:wrong').toString('base64')}` }, 403],
    [{ 'x-clickhouse-user': 'other', 'x-clickhouse-key': 'secret' }, 403],
    [{}, 403],
    [{ 'x-clickhouse-user': 'default', 'x-clickhouse-key': 'secret' }, 200],
  ])('answers %j with %i', async (headers, status) => {
    expect((await post('SELECT 1', {}, headers as Record<string, string>)).status).toBe(status)
  })

  test('in the middle of an answer reaches the client by its code; held back, it has a status', async () => {
    const query = 'SELECT number, throwIf(number = 200000) FROM numbers(300000)'
    // Before its first row has left, or behind it: the time of that is the engine's.
    const streamed = client().query({ query, format: 'JSONEachRow' })
    await expect(streamed.then((rows) => rows.json())).rejects.toMatchObject({ code: '395' })
    expect((await post(`${query} FORMAT JSONEachRow`, { wait_end_of_query: '1' })).status).toBe(500)
  })

  test('says that a query of this id is running', async () => {
    const first = post('SELECT sleep(1)', { query_id: 'twin' })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect((await post('SELECT 1', { query_id: 'twin' })).headers.get('x-clickhouse-exception-code')).toBe('216')
    expect((await first).status).toBe(200)
  })
})

describe('an insert', () => {
  beforeAll(() => text('CREATE TABLE t (name String, n UInt64) ENGINE = MergeTree ORDER BY n'))
  const rows = '{"name":"a","n":1}\n{"name":"b","n":2}\n'
  const sum = async () => text('SELECT count(), sum(n) FROM t').finally(() => text('TRUNCATE TABLE t'))
  const plain = 'INSERT INTO t FORMAT JSONEachRow'
  const selected =
    "INSERT INTO t SELECT name, n * 10 FROM input('name String, n UInt64') WHERE n > 1 FORMAT JSONEachRow"

  test.each([
    [plain, Buffer.from(rows), {}, '2\t3\n'],
    [plain, gzipSync(rows), { 'content-encoding': 'gzip' }, '2\t3\n'],
    [selected, Buffer.from(rows), {}, '1\t20\n'],
    [selected, brotliCompressSync(rows), { 'content-encoding': 'br' }, '1\t20\n'],
    ['INSERT INTO t (n) SETTINGS max_threads = 1 FORMAT TabSeparated', Buffer.from('5\n'), {}, '1\t5\n'],
  ])('%s takes a body', async (query, body, headers, expected) => {
    expect(await text(body, { query }, { ...auth, ...headers })).toBe('')
    expect(await sum()).toBe(expected)
  })

  test('takes a statement with its rows behind it, and one without rows', async () => {
    await text("INSERT INTO t VALUES ('x', 7)")
    await text('INSERT INTO t SELECT name, n + 1 FROM t')
    expect(await sum()).toBe('2\t15\n')
  })

  test('takes what the client makes of objects and of streams', async () => {
    await client().insert({ table: 't', values: [{ name: 'é', n: 1 }], format: 'JSONEachRow' })
    const values = Readable.from([{ name: 'x', n: 2 }])
    await client().insert({ table: 't', values, format: 'JSONEachRow' })
    expect(await sum()).toBe('2\t3\n')
  })

  test('that is cut off is none', async () => {
    await new Promise((resolve) => {
      const cut = request(`${server.url}/?query=${encodeURIComponent(plain)}`, { method: 'POST', headers: auth })
      cut.once('error', () => {})
      cut.once('close', resolve)
      cut.write(rows)
      setTimeout(() => cut.destroy(), 100)
    })
    expect(await sum()).toBe('0\t0\n')
  })
})
