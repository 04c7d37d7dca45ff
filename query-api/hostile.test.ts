import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { storeEvents, storeMoments, usersOf } from './testkit/rows.js'
import { type Harness, NOW, startQueryApi } from './testkit/server.js'

let api: Harness
beforeAll(async () => {
  api = await startQueryApi()
  await storeEvents(api.store, [{ time: NOW }])
  await storeMoments(api.store, 't', '2026-06-15T12:00:00Z', [
    ...usersOf({ a: 1, b: 1 }),
    ...['a', 'b'].map((branch) => ({ event: 'buy', branch, users: 1, converted: 1, mean: 1, sum: 1 })),
  ])
})
afterAll(() => api.close())

const LONG = 'x'.repeat(1000)

it.each<[string, string, RegExp]>([
  ['series', '', /^event: expected a name of 1 to 128 characters.*; nothing came\.$/],
  ['series', 'event=', /^event: expected a name.*; "" came\.$/],
  ['series', 'event=a%00b', /^event: expected a name/],
  ['series', `event=${LONG}`, /^event: expected a name.*; "x{60}…" came\.$/],
  ['series', 'event=a&event=b', /^event: expected a name.*; 2 values came\.$/],
  ['series', 'event=a&bucket=year', /^bucket: expected one of hour, day, week, month; "year" came\.$/],
  ['series', 'event=a&bucket=__proto__', /^bucket: .*"__proto__" came/],
  [
    'series',
    'event=a&tz=Mars/Olympus',
    /^tz: expected an IANA time zone such as Europe\/Berlin; "Mars\/Olympus" came\.$/,
  ],
  ['series', 'event=a&tz=%2B02:00', /^tz: expected an IANA time zone/],
  ['series', `event=a&tz=${LONG}`, /^tz: expected an IANA.*"x{60}…" came\.$/],
  ['series', 'event=a&from=', /^from: expected 2026-.*"" came\.$/],
  [
    'series',
    'event=a&from=yesterday',
    /^from: expected 2026-.*Unix milliseconds, from 1970 to 2105; "yesterday" came\.$/,
  ],
  ['series', 'event=a&from=2026-02-30', /^from: .*"2026-02-30" came\.$/],
  ['series', 'event=a&from=2026-03-29T00:00:00', /^from: /],
  ['series', 'event=a&from=2026-03-29T00:00:00+02:00', /^from: .*as %2B.*"2026-03-29T00:00:00 02:00" came\.$/],
  ['series', 'event=a&from=-1', /^from: /],
  ['series', 'event=a&to=1e3', /^to: /],
  ['series', 'event=a&to=9999999999999', /^to: /],
  [
    'series',
    'event=a&form=2026-01-01',
    /^"form": expected only event, bucket, tz, from, to, cumulative, format; this one came as well\.$/,
  ],
  ['series', 'event=a&cumulative=yes', /^cumulative: expected true or false; "yes" came\.$/],
  ['series', 'event=a&cumulative=true&cumulative=true', /^cumulative: expected true or false; 2 values came\.$/],
  ['series', 'event=a&perBucket=true', /^"perBucket": expected only event/],
  ['effects', 'metric=', /^metric: expected the name of a metric.*; "" came\.$/],
  ['effects', 'metric=a%00b', /^metric: expected the name of a metric/],
  ['effects', `metric=${LONG}`, /^metric: expected the name of a metric, 1 to 150 .*"x{60}…" came\.$/],
  ['effects', 'metric=a&metric=b', /^metric: .*; 2 values came\.$/],
  ['effects', 'bucket=minute', /^bucket: expected one of hour, day, week, month; "minute" came\.$/],
  ['effects', 'tz=Mars/Olympus', /^tz: expected an IANA time zone/],
  ['effects', 'from=yesterday', /^from: expected 2026-/],
  ['effects', 'to=-1', /^to: expected 2026-/],
  ['effects', 'control=', /^control: expected a name/],
  ['effects', 'event=a', /^"event": expected only metric, bucket, tz, from, to, control; this one came as well\.$/],
  ['effects', 'perBucket=true', /^"perBucket": expected only metric/],
  ['results', 'controll=a', /^"controll": expected only control, bayes, asOf/],
  ['results', 'constructor=1', /^"constructor": expected only control, bayes, asOf/],
  ['results', 'control=', /^control: expected a name/],
  ['results', 'asOf=Infinity', /^asOf: /],
])('%s?%.40s is refused with what is allowed', async (route, query, detail) => {
  const reply = await api.get(`/v1/apps/shop/tests/t/${route}?${query}`)
  expect([reply.statusCode, reply.json().code]).toEqual([400, 'query-invalid'])
  expect(reply.json().detail).toMatch(detail)
})

it.each([
  [`/v1/apps/${LONG}/tests`, /^app: expected a name.*"x{60}…" came/],
  ['/v1/apps/%00/tests', /^app: /],
  ['/v1/apps/shop/imports/a:b', /^digest: expected 1 to 128 letters, digits, - or _; "a:b" came\.$/],
  ['/v1/apps?page=2', /^"page": expected no parameter; this one came as well\.$/],
])('%.40s is refused', async (url, detail) => {
  const reply = await api.get(url)
  expect([reply.statusCode, reply.json().code]).toEqual([400, 'query-invalid'])
  expect(reply.json().detail).toMatch(detail)
})

it.each([
  ...[
    "a' OR 1=1 --",
    "\\'; DROP TABLE events; --",
    '{app:String}',
    '\\',
    '\\N',
    'NULL',
    '%',
    '_',
    '`',
    '"',
    '🛒',
    '語',
  ],
  ...['__proto__', 'constructor', '../..', '?', '#', "'", "''", '$mark', '\u2028', 'a'.repeat(128), '🛒'.repeat(64)],
])('the name %j is nothing but a name', async (name) => {
  await storeEvents(api.store, [{ time: NOW, app: name, event: name, tests: { [`${name}.`]: 'a' } }])
  const [app, test] = [encodeURIComponent(name), encodeURIComponent(`${name}.`)]
  const url = `/v1/apps/${app}/tests/${test}/series?event=${app}`
  const inTime = name.length < 128 ? await api.get(url) : await api.get(`/v1/apps/${app}/tests`)
  expect(inTime.statusCode, inTime.body).toBe(200)
  expect(inTime.json().app).toBe(name)
  if (name.length < 128) expect(inTime.json().series[0].points[0].count).toBe(1)
})

it.each(["a' OR 1=1 --", '{test:String}', '\\', '🛒', 'a'.repeat(128)])(
  'of the name %j metrics are found',
  async (name) => {
    const counts = [{ event: name, branch: 'a', users: 2, converted: 1, mean: 1, m2: 1, sum: 2 }]
    await storeMoments(api.store, name, '2026-06-15T12:00:00Z', [...usersOf({ a: 2 }), ...counts])
    const metric = `${name} per user`
    const query = new URLSearchParams({ metric })
    const reply = await api.get(`/v1/apps/shop/tests/${encodeURIComponent(name)}/effects?${query.toString()}`)
    expect(reply.statusCode, reply.body).toBe(200)
    expect(reply.json()).toMatchObject({ metric, series: [{ branch: 'a', points: [{ users: 2, mean: 1 }] }] })
  },
)

it('no request makes the server fail', async () => {
  const odd = fc.constantFrom(
    '',
    '0',
    '-1',
    '1e999',
    'NaN',
    'null',
    "'",
    '\\',
    '{x:String}',
    'UTC',
    'day',
    '2026-01-01',
  )
  const text = fc.oneof(odd, fc.string({ unit: 'binary', maxLength: 20 }), fc.string({ maxLength: 300 }))
  const parameter = fc.constantFrom(
    ...['event', 'bucket', 'tz', 'from', 'to', 'control', 'asOf', 'cumulative', 'metric', 'key', '__proto__'],
  )
  const query = fc.array(fc.tuple(fc.oneof({ weight: 9, arbitrary: parameter }, text), text), { maxLength: 5 })
  const known = (name: string) => fc.oneof({ weight: 3, arbitrary: fc.constant(name) }, text.filter(Boolean))
  const path = fc.tuple(known('shop'), known('t'), fc.constantFrom('results', 'series', 'effects'))
  const property = fc.asyncProperty(path, query, async ([app, test, route], pairs) => {
    const encode = (s: string) => encodeURIComponent(s.toWellFormed())
    const search = pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')
    const reply = await api.get(`/v1/apps/${encode(app)}/tests/${encode(test)}/${route}?${search}`)
    expect(reply.statusCode, reply.body).toBeLessThan(500)
    expect(reply.body.length).toBeLessThan(2000)
  })
  await fc.assert(property, { numRuns: 500 })
}, 60_000)
