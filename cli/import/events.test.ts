import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type FakeServer, fakeServer } from '../testkit/fake-server.js'
import { tempFiles } from '../testkit/temp.js'
import { importFile } from './import.js'
import type { ImportOptions } from './options.js'

const run = async (server: FakeServer, name: string, content: string | Uint8Array, options: Partial<ImportOptions>) =>
  importFile(server, server, join(tempFiles({ [name]: content }), name), { events: true, quiet: true, ...options })

/** What the server got, without ids and the time of the import. */
async function sent(name: string, content: string | Uint8Array, options: Partial<ImportOptions>) {
  const server = await fakeServer()
  const summary = await run(server, name, content, options)
  expect(server.events.map((e) => e.id)).toEqual(server.events.map((_, i) => `import:${summary.digest}:${i}`))
  const events = server.events.map(({ id: _, time = 0, ...event }) => (time < 1e12 ? { ...event, time } : event))
  return { events, summary }
}

const refusal = async (name: string, content: string, options: Partial<ImportOptions>) => {
  const server = await fakeServer()
  const error = await run(server, name, content, options).catch((e) => e)
  expect(server.requests).toBe(0)
  return error.message
}

describe('lines of NDJSON', () => {
  const lines = [
    { user: 'ann', event: '$exposure', tests: { checkout: 'a' }, time: 5 },
    { user: 'ann', event: 'buy', value: 4, testId: 'checkout', branch: 'a', props: { country: 'de', n: 1 }, id: '1' },
    { user: 'ann', event: 'buy', value: 4, id: '1' },
    { app: 'shop', user: 'bob', event: 'view', id: '2' },
  ]
  const ndjson = lines.map((line) => JSON.stringify(line)).join('\n')

  test('are events as on the wire, an id that comes again a repeat', async () => {
    const { events, summary } = await sent('a.ndjson.gz', gzipSync(ndjson), { app: 'shop' })
    expect(events).toEqual([
      { ...lines[0], app: 'shop' },
      {
        app: 'shop',
        user: 'ann',
        event: 'buy',
        value: 4,
        testId: 'checkout',
        branch: 'a',
        props: { country: 'de', n: 1 },
      },
      { app: 'shop', user: 'bob', event: 'view' },
    ])
    expect(summary).toMatchObject({ app: 'shop', tests: ['checkout'], rows: 4, users: 2, events: 3, repeats: 1 })
  })

  test('count once however often they are sent, ids of their own or not', async () => {
    const server = await fakeServer()
    await run(server, 'a.ndjson', ndjson, { app: 'shop' })
    const again = await run(server, 'b.jsonl.gz', gzipSync(ndjson), { app: 'shop' })
    expect(again).toMatchObject({ events: 3, alreadyCounted: 3 })
    expect(server.events.length).toBe(3)
  })

  test('name their app themselves where no option does', async () => {
    const { summary } = await sent('a.ndjson', '{"app":"web","user":"u","event":"e"}', {})
    expect(summary).toMatchObject({ app: 'web', tests: [], events: 1 })
  })

  const props = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [i, '€'.repeat(1000)]))
  test.each([
    ['Line 1, field event: expected an event of 1 to 128 printable characters; got nothing.', { user: 'u' }],
    ['Line 1, field user: expected a user of 1 to 256 printable characters; got 5.', { user: 5, event: 'e' }],
    ['field value: expected a number such as 12.5; got "5".', { user: 'u', event: 'e', value: '5' }],
    ['field amount: expected no such field; got 5.', { user: 'u', event: 'e', amount: 5 }],
    ['field tests: expected tests that agree (testId and', { user: 'u', event: 'e', testId: 't' }],
    ['expected $exposure, $request, $sent, $science, $identify, or a name without $', { user: 'u', event: '$e' }],
    ['field props: expected at most 16 props', { user: 'u', event: 'e', props: { a: [] } }],
    ['field props: expected at most 32768 bytes an event', { user: 'u', event: 'e', props }],
    ['field app: expected shop, as --app says: an import is of one', { user: 'u', event: 'e', app: 'web' }],
  ])('refused: %s', async (message, line) => {
    expect(await refusal('a.ndjson', JSON.stringify(line), { app: 'shop' })).toContain(message)
  })
})

describe('columns', () => {
  const options = { app: 'shop', user: 'who', event: 'what', value: 'paid', time: 'at', test: 'checkout', branch: 'v' }
  const csv = 'who,what,paid,at,v,country\nann,buy,12.5,1970-01-01,a,de\nbob,view,,1970-01-01 00:00:01,,\n'
  const expected = [
    {
      app: 'shop',
      user: 'ann',
      event: 'buy',
      value: 12.5,
      time: 0,
      tests: { checkout: 'a' },
      props: { country: 'de' },
    },
    { app: 'shop', user: 'bob', event: 'view', time: 1000 },
  ]

  test('are found by the options', async () => {
    expect((await sent('a.csv', csv, { ...options, prop: ['country'] })).events).toEqual(expected)
    const ndjson =
      '{"who":"ann","what":"buy","paid":12.5,"at":0,"v":"a","country":"de"}\n{"who":"bob","what":"view","v":null}'
    const { time: _, ...untimed } = expected[1]!
    const { time: __, ...timeless } = { ...options, prop: ['country'] }
    expect((await sent('a.ndjson', ndjson, timeless)).events).toEqual([{ ...expected[0], time: undefined }, untimed])
  })

  test('are found by the names of the wire', async () => {
    const own = csv.replace('who,what,paid,at,v', 'user,event,value,time,branch').replace('country', 'testId')
    const { events } = await sent('a.csv', own, { app: 'shop' })
    expect(events).toEqual([{ ...expected[0], tests: { de: 'a' }, props: undefined }, expected[1]])
    const nested = 'user\tevent\ttests\tprops\tid\nann\tbuy\t{"checkout":"a"}\t{"country":"de"}\t1\nann\tbuy\t\t\t1\n'
    const { time: _, value: __, ...ann } = expected[0]!
    expect(
      (await sent('a.tsv', nested.replaceAll('"', '""').replace(/({.*?})/g, '"$1"'), { app: 'shop' })).events,
    ).toEqual([ann])
  })

  test.each([
    ['user,event\nu,e\n', {}, 'Expected --app with a file of events by columns; missing.'],
    ['user,event\nu,e\n', { app: 'shop', value: 'paid' }, 'Expected a column paid; the file has user, event.'],
    ['user,event,branch\nu,e,a\n', { app: 'shop' }, 'Expected --test, or a column testId, beside the branch in branch'],
    ['user,event\nu,e\n', { app: 'shop', test: 't' }, 'Expected --branch with --test; it is missing.'],
    ['user,event\nu,e\n', { app: 'shop', metric: ['m'] }, 'Expected --metric only without --events; it came.'],
    ['user,event\nu,e\n', { app: 'shop', events: false, prop: ['m'] }, 'Expected --prop only with --events; it came.'],
    [
      'user,event\nu,e\n',
      { events: false, app: 'shop', user: 'user' },
      'Expected --test, --branch with a file of users',
    ],
    [
      'user,event,value\nu,e,x\n',
      { app: 'shop' },
      'Row 1 (line 2), column value: expected a number such as 12.5; got "x".',
    ],
    [
      'user,event,time\nu,e,\n',
      { app: 'shop' },
      'column time: expected a time (ISO 8601 or Unix milliseconds); got "".',
    ],
    ['user,event,props\nu,e,x\n', { app: 'shop' }, 'column props: expected a JSON object; got "x".'],
    ['user,event,branch,testId\nu,e,a,\n', { app: 'shop' }, 'column testId: expected a test of 1 to 128'],
    ['user,event,branch\nu,e,a@b\n', { app: 'shop', test: 't' }, 'column branch: expected at most 32 tests'],
  ])('%j with %j is refused', async (content, options, message) => {
    expect(await refusal('a.csv', content, options)).toContain(message)
  })
})
