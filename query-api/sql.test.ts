import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { storeEvents, storeMoments, usersOf } from './testkit/rows.js'
import { type Harness, keys, NOW, startQueryApi } from './testkit/server.js'

let api: Harness
beforeAll(async () => {
  api = await startQueryApi()
  await storeEvents(api.store, [
    { time: NOW, event: '$exposure', tests: { t: 'a' } },
    { time: NOW, event: 'purchase', value: 3 },
  ])
  await storeMoments(api.store, 't', '2026-06-15T12:00:00Z', [
    ...usersOf({ a: 1 }),
    { event: 'purchase', branch: 'a', users: 1, converted: 1, mean: 3, sum: 3 },
  ])
})
afterAll(() => api.close())

const ask = (body: unknown, headers: Record<string, string> = {}) =>
  api.server.inject({
    ...{ method: 'POST', url: '/v1/sql', payload: body as object },
    headers: { authorization: `Bearer ${keys.read}`, ...headers },
  })

it('answers with columns and rows', async () => {
  const query = 'SELECT event, value FROM events WHERE app = {app:String} AND value > {least:Float64} ORDER BY value'
  const reply = await ask({ query, params: { app: 'shop', least: 2 } })
  expect([reply.statusCode, reply.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8'])
  expect(reply.json()).toEqual({
    meta: [
      { name: 'event', type: 'LowCardinality(String)' },
      { name: 'value', type: 'Float64' },
    ],
    data: [['purchase', 3]],
    rows: 1,
  })
})

it.each([
  [{ format: 'csv' }, {}, 'text/csv; charset=utf-8; header=present', '"a"\r\n"=1"\r\n'],
  [{}, { accept: 'application/x-ndjson' }, 'application/x-ndjson', '{"a":"=1"}\n'],
])('answers in the form of %j %j', async (form, headers, type, body) => {
  const reply = await ask({ query: "SELECT '=1' AS a", ...form }, headers)
  expect([reply.headers['content-type'], reply.body]).toEqual([type, body])
  expect(reply.headers['content-disposition']).toMatch(/^attachment; filename="query\.\w+"$/)
})

describe('is refused', () => {
  it.each([
    [{}, 400, 'query-invalid', /^query: expected SQL of 1 to 65,536 characters; nothing came\.$/],
    [{ query: '' }, 400, 'query-invalid', /^query: /],
    [{ query: 'x'.repeat(65_537) }, 400, 'query-invalid', /^query: .*"x{60}…" came/],
    [{ query: 'SELECT 1', limit: 5 }, 400, 'query-invalid', /limit/],
    [{ query: 'SELECT 1', format: 'xml' }, 400, 'query-invalid', /^format: expected one of json, csv/],
    [{ query: 'SELECT 1', params: { 'a b': 1 } }, 400, 'query-invalid', /^params/],
    [{ query: 'SELECT 1', params: { a: [1] } }, 400, 'query-invalid', /^params\.a: expected a text/],
    [{ query: 'SELEC 1' }, 400, 'sql-invalid', /it says: Syntax error/],
    [{ query: 'SELECT 1; SELECT 2' }, 400, 'sql-invalid', /Multi-statements/],
    [{ query: "SELECT file('/etc/passwd')" }, 403, 'sql-forbidden', /the function file came/],
    [{ query: 'SELECT * FROM system.tables' }, 403, 'sql-forbidden', /the table system\.tables came/],
    [{ query: 'SELECT number FROM numbers(2000000)' }, 422, 'query-too-large', /1,000,000 rows/],
  ])('%j', async (body, status, code, detail) => {
    const reply = await ask(body)
    expect([reply.statusCode, reply.json().code]).toEqual([status, code])
    expect(reply.json().detail).toMatch(detail)
  })

  it.each([
    ['without a key', '', 'key-missing'],
    ['with a write key', `Bearer ${keys.write}`, 'key-forbidden'],
  ])('%s', async (_, authorization, code) => {
    expect((await ask({ query: 'SELECT 1' }, { authorization })).json().code).toBe(code)
  })
})

it('holds up no results, and takes two questions at once', async () => {
  const query = 'SELECT count() FROM numbers(100000) AS a, numbers(10000) AS b WHERE a.number * b.number = 7'
  const ended: string[] = []
  const questions = Array.from({ length: 3 }, () => ask({ query }))
  const asked = Promise.all(questions.map((q) => q.then((reply) => ended.push(String(reply.statusCode)))))
  const results = await api
    .get('/v1/apps/shop/tests/t/results')
    .then((reply) => ended.push(`results ${reply.statusCode}`))
  await asked
  expect(results).toBeLessThanOrEqual(2)
  expect(ended[0]).toBe('503')
  expect(ended.slice(1)).toContain('results 200')
})

it('each example of docs/export.md runs', async () => {
  const page = readFileSync(new URL('../docs/export.md', import.meta.url), 'utf8')
  const examples = [...page.matchAll(/```sql\n(.*?)```/gs)].map(([, sql]) => sql!)
  expect(examples.length).toBeGreaterThan(4)
  for (const query of examples) {
    const reply = await ask({ query, params: { app: 'shop', test: 't' } })
    expect([query, reply.statusCode, reply.json().rows > 0]).toEqual([query, 200, true])
  }
})
