import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { tempFiles } from '../testkit/temp.js'
import { openFile } from './file.js'
import { formatOf } from './format.js'
import { survey } from './survey.js'
import { openTable } from './table.js'
import { parseMetric, UserRows } from './users.js'

async function look(content: string | Uint8Array, metrics: string[] = [], test = 'gate', name = 'a.csv') {
  const file = await openFile(join(tempFiles({ [name]: content }), name))
  onTestFinished(file.close)
  const asked = { app: 'game', test, user: 'id', branch: 'v', metrics: metrics.map(parseMetric) }
  const table = await openTable(file, formatOf(name))
  return survey(file, table, new UserRows(asked), true)
}

test('counts rows, distinct users and events', async () => {
  const { rows, users, events } = await look('id,v,m\nu1,a,3\nu2,b,0\nu1,a,\n', ['m:sum'])
  expect({ rows, users, events }).toEqual({ rows: 3, users: 2, events: 4 })
})

test('the whole column decides its kind', async () => {
  const ones = Array.from({ length: 500 }, (_, i) => `u${i},a,1,t\n`).join('')
  const { identity } = await look(`id,v,rounds,bought\n${ones}z,a,7,f\n`, ['rounds', 'bought'])
  expect(identity).toContainEqual([
    ['bought', 'conversion'],
    ['rounds', 'sum'],
  ])
})

test('a column that is of no kind is refused where it stops being one', async () => {
  await expect(look('id,v,m\nu1,a,7\nu2,a,yes\n', ['m'])).rejects.toThrow(
    'Row 2 (line 3), column m: expected a number such as 12.5; got "yes".',
  )
})

test('another order of metrics is the same import; other columns, kinds, tests or content are others', async () => {
  const text = 'id,v,m,n\nu1,a,1,1\n'
  const digest = async (...args: Parameters<typeof look>) => (await look(...args)).digest
  const one = await digest(text, ['m:sum', 'n:sum'])
  expect(one).toMatch(/^[0-9a-f]{32}$/)
  expect(await digest(text, ['n:sum', 'm:sum'])).toBe(one)
  expect(await digest(text, ['m', 'n'])).toBe(one)
  const others = [
    await digest(text, ['m:sum']),
    await digest(text, ['m:sum', 'n:conversion']),
    await digest(text, ['m:sum', 'n:sum'], 'other'),
    await digest(`${text}u2,a,1,1\n`, ['m:sum', 'n:sum']),
  ]
  expect(new Set([one, ...others]).size).toBe(5)
})

test('reads what spreadsheets write: a byte order mark, semicolons, CRLF, quotes, empty lines', async () => {
  const { rows, events } = await look('\ufeffid;v;"my; metric"\r\nu1;a;"1"\r\n\r\nu2;b;2\r\n', ['my; metric:sum'])
  expect([rows, events]).toEqual([2, 4])
})

test('packed or as tabs or as JSON, it is read alike', async () => {
  const csv = 'id,v,m\nu1,a,1.5\nü2,b,\n'
  const lines = '{"id":"u1","v":"a","m":1.5}\r\n\n{"v":"b","id":"ü2"}'
  const plain = await look(csv, ['m'])
  expect(await look(gzipSync(csv), ['m'], 'gate', 'a.csv.gz')).toMatchObject({ digest: plain.digest })
  for (const [content, name] of [
    [csv.replaceAll(',', '\t'), 'a.tsv'],
    [lines, 'a.ndjson'],
    [gzipSync(lines), 'a.JSONL.gz'],
  ] as const)
    expect(await look(content, ['m'], 'gate', name)).toMatchObject({ rows: 2, users: 2, events: 3 })
})

test('a file of many chunks is read whole, from its first byte each time', async () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => `${i}-${'x'.repeat(50)},a\n`).join('')
  const plain = await look(`id,v\n${rows}`)
  expect(plain).toMatchObject({ rows: 20_000, users: 20_000 })
  expect(await look(gzipSync(`id,v\n${rows}`), [], 'gate', 'a.csv.gz')).toMatchObject({ digest: plain.digest })
})

test('the first ten faults are told by their place, the others counted', async () => {
  const rows = Array.from({ length: 12 }, (_, i) => `u${i},a,x${i}\n`).join('')
  const { message } = await look(`id,v,m\nu,a,1\n${rows}u,a\n`, ['m:sum']).catch((error) => error)
  const lines = message.split('\n      ')
  expect(lines).toHaveLength(11)
  expect(lines[0]).toMatch(/^Expected no faults in .*a\.csv; it has 13, the first 10:$/)
  expect(lines[1]).toBe('Row 2 (line 3), column m: expected a number such as 12.5; got "x0".')
})

test.each([
  ['Expected a column v; the file has id, x.', 'a.csv', 'id,x\nu1,a\n'],
  ['Expected rows of data', 'a.csv', 'id,v\n'],
  ['Expected a column id, v; the file has no columns.', 'a.csv', ''],
  ['Expected columns of different names; "v" comes twice.', 'a.csv', 'id,v,v\nu1,a,b\n'],
  ['Row 1 (line 2): expected 2 cells, as the header has; got "3".', 'a.csv', 'id,v\nu1,a,b\n'],
  ['row 2 has more', 'a.csv', `id,v\nu,a\n"${'u'.repeat(2 ** 22)}`],
  ['Expected UTF-8', 'a.csv', Buffer.from('id,v\nJ\xfcrgen,a\n', 'latin1')],
  ['Expected whole gzip', 'a.csv.gz', gzipSync('id,v\nu1,a\n').subarray(0, 20)],
  ['Expected a column v; the file has id, w.', 'a.ndjson', '{"id":"u","w":1}\n'],
  ['Line 2: expected a JSON object on a line of its own; got', 'a.ndjson', '{"id":"u","v":"a"}\n{"id":'],
  ['Line 1, field v: expected text, or a number', 'a.ndjson', '{"id":"u","v":[]}\n'],
  ['line 1 is longer than 1048576 characters', 'a.ndjson', `[${'1,'.repeat(2 ** 20)}`],
  ['Expected Parquet in', 'a.parquet', 'PAR1'],
])('refused: %s', async (message, name, content) => {
  await expect(look(content, [], 'gate', name)).rejects.toThrow(message)
})

test('a metric asked for twice is refused', async () => {
  await expect(look('id,v,m\nu1,a,1\n', ['m', 'm:sum'])).rejects.toThrow('Expected each metric once; m came twice.')
})

test('a directory, a missing file and a name without a format are refused', async () => {
  await expect(openFile('/')).rejects.toThrow('/ is not a regular file.')
  await expect(openFile('/no/such')).rejects.toThrow('/no/such does not exist.')
  expect(() => formatOf('users.xlsx')).toThrow('got users.xlsx.')
})
