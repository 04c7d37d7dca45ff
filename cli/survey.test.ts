import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseMetric } from './csv-mapping.js'
import { survey } from './survey.js'
import { tempFiles } from './testkit/temp.js'

function look(text: string, metrics: string[] = [], test = 'gate') {
  const file = join(tempFiles({ 'a.csv': text }), 'a.csv')
  return survey(file, { app: 'game', test, user: 'id', branch: 'v', metrics: metrics.map(parseMetric) })
}

test('counts rows, distinct users and events', async () => {
  const { rows, users, events } = await look('id,v,m\nu1,a,3\nu2,b,0\nu1,a,\n', ['m:sum'])
  expect({ rows, users, events }).toEqual({ rows: 3, users: 2, events: 4 })
})

test('the whole column decides its kind', async () => {
  const ones = Array.from({ length: 500 }, (_, i) => `u${i},a,1,t\n`).join('')
  const { mapping } = await look(`id,v,rounds,bought\n${ones}z,a,7,f\n`, ['rounds', 'bought'])
  expect(mapping.metrics).toEqual([
    { column: 'bought', kind: 'conversion' },
    { column: 'rounds', kind: 'sum' },
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

test.each([
  ['id,x\nu1,a\n', 'Expected a column v; the file has id, x.'],
  ['id,v\n', 'Expected a header and rows of users'],
  ['', 'Expected a header and rows of users'],
  ['id,v,v\nu1,a,b\n', 'Expected columns of different names; "v" comes twice.'],
  ['id,v\nu1,a,b\n', 'Invalid Record Length'],
])('%j is refused', async (text, message) => {
  await expect(look(text)).rejects.toThrow(message)
})

test('a metric asked for twice is refused', async () => {
  await expect(look('id,v,m\nu1,a,1\n', ['m', 'm:sum'])).rejects.toThrow('Expected each metric once; m came twice.')
})

test('a directory and a missing file are refused', async () => {
  const asked = { app: 'a', test: 't', user: 'u', branch: 'b', metrics: [] }
  await expect(survey('/', asked)).rejects.toThrow('/ is not a regular file.')
  await expect(survey('/no/such', asked)).rejects.toThrow('/no/such does not exist.')
})
