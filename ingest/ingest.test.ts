import { gzipSync } from 'node:zlib'
import { limits } from '@assay/core/event'
import { describe, expect, it } from 'vitest'
import { keys, NOW, startIngest } from './testkit/server.js'

const HOUR = 3_600_000
const good = { app: 'shop', user: 'u1', event: 'purchase' }
const batch = (n: number, fields = {}) => Array.from({ length: n }, () => ({ ...good, ...fields }))

describe('an accepted event', () => {
  it('is stored as one canonical line', async () => {
    const { log, post } = await startIngest()
    const reply = await post({
      props: { n: 1, b: true },
      tests: { t: 'b' },
      time: NOW - 5.5,
      value: 2,
      id: 'i',
      ...good,
    })
    expect([reply.statusCode, reply.body]).toEqual([202, '{"accepted":1,"rejected":[]}'])
    expect(reply.headers['content-type']).toBe('application/json; charset=utf-8')
    const value =
      '{"id":"i","app":"shop","user":"u1","event":"purchase","value":2,"time":1699999999994,' +
      '"tests":{"t":"b"},"props":{"n":"1","b":"true"},"received":1700000000000}'
    expect(log.entries).toEqual([{ app: 'shop', user: 'u1', id: 'i', received: NOW, value }])
  })

  it('gets what it leaves out', async () => {
    const { log, post } = await startIngest()
    await post([good, good])
    const rest = { value: 1, time: NOW, tests: {}, props: {}, received: NOW }
    expect(log.events).toEqual(log.entries.map(({ id }) => ({ id, ...good, ...rest })))
    expect(new Set(log.entries.map(({ id }) => id)).size).toBe(2)
  })

  it.each<[string, object, object]>([
    ['testId and branch are merged', { tests: { s: 'a' }, testId: 't', branch: 'b' }, { tests: { s: 'a', t: 'b' } }],
    ['strings are escaped', { props: { a: 'say "hi"\n\\' } }, { props: { a: 'say "hi"\n\\' } }],
    ['emoji survive', { user: '🛒', props: { é: 'ü🛒' } }, { user: '🛒', props: { é: 'ü🛒' } }],
    ['reserved events with a meaning are taken', { event: '$exposure' }, { event: '$exposure' }],
    ['zero stays zero', { value: -0 }, { value: 0 }],
  ])('%s', async (_, fields, stored) => {
    const { log, post } = await startIngest()
    expect((await post({ ...good, ...fields })).statusCode).toBe(202)
    expect(log.events[0]).toMatchObject(stored)
  })

  it('the last of duplicate keys counts, once', async () => {
    const { log, post } = await startIngest()
    await post('{"app":"shop","user":"u1","user":"u2","event":"e"}')
    expect(log.entries[0]?.value.match(/"user"/g)).toHaveLength(1)
    expect(log.events[0]).toMatchObject({ user: 'u2' })
  })
})

describe('time', () => {
  it.each<[string, number | undefined, number | undefined, number, number]>([
    ['no time is now', undefined, undefined, NOW, 0],
    ['no time is now, whatever the clock', undefined, NOW - HOUR, NOW, 0],
    ['a right clock', NOW - 10, NOW, NOW - 10, 0],
    ['a slow clock is corrected', NOW - HOUR - 10, NOW - HOUR, NOW - 10, 0],
    ['a fast clock is corrected', NOW + 9 * HOUR, NOW + 9 * HOUR + 7, NOW - 7, 0],
    ['fractions are floored', NOW - 0.5, undefined, NOW - 1, 0],
    ['the far future is clamped', NOW + HOUR + 1, undefined, NOW, 1],
    ['the far past is clamped', 0, undefined, NOW - 3652 * 24 * HOUR, 1],
  ])('%s', async (_, time, sentAt, stored, clamped) => {
    const { log, counters, post } = await startIngest()
    await post({ sentAt, events: [{ ...good, time }] })
    expect([log.events[0]?.time, counters.clamped]).toEqual([stored, clamped])
  })
})

describe('one event of a batch', () => {
  it.each<[string, string, string, RegExp]>([
    ['a field missing', '{"app":"a","user":"u"}', 'event-invalid', /^"event": .*expected string.*; nothing came/],
    ['a wrong type', '{"app":1,"user":"u","event":"e"}', 'event-invalid', /"app": .*a number came/],
    ['infinity', '{"app":"a","user":"u","event":"e","value":1e309}', 'event-invalid', /"value".*too large to hold/],
    ['__proto__', '{"app":"a","user":"u","event":"e","__proto__":{}}', 'event-invalid', /unknown field "__proto__"/],
    ['__proto__ test', '{"app":"a","user":"u","event":"e","tests":{"__proto__":"b"}}', 'event-invalid', /__proto__/],
    [
      'constructor prop',
      '{"app":"a","user":"u","event":"e","props":{"constructor":1}}',
      'event-invalid',
      /constructor/,
    ],
    ['a scalar', '3', 'event-invalid', /^event: .*expected object/],
    ['null', 'null', 'event-invalid', /null came/],
    [
      'two branches',
      JSON.stringify({ ...good, tests: { t: 'a' }, testId: 't', branch: 'b' }),
      'event-invalid',
      /branches/,
    ],
    ['a reserved event', JSON.stringify({ ...good, event: '$mine' }), 'name-reserved', /"\$mine" came/],
    ['a reserved app', JSON.stringify({ ...good, app: '$a' }), 'name-reserved', /"\$a" came/],
    ['a reserved test', JSON.stringify({ ...good, testId: '$t', branch: 'b' }), 'name-reserved', /"\$t" came/],
    ['a reserved branch', JSON.stringify({ ...good, tests: { t: '$b' } }), 'name-reserved', /"\$b" came/],
    ['a reserved prop', JSON.stringify({ ...good, props: { $p: 1 } }), 'name-reserved', /"\$p" came/],
  ])('with %s is refused, and the good one kept', async (_, event, code, message) => {
    const { log, counters, post } = await startIngest()
    const reply = await post(`[${event},${JSON.stringify(good)}]`)
    expect([reply.statusCode, reply.json().accepted]).toEqual([202, 1])
    expect(reply.json().rejected).toEqual([{ index: 0, code, message: expect.stringMatching(message) }])
    expect(log.events).toMatchObject([good])
    expect(counters).toEqual({ accepted: 1, rejected: 1, clamped: 0, refused: 0 })
  })

  it('is refused past 32 KB of UTF-8 as stored', async () => {
    const props = (n: number) =>
      Object.fromEntries(Array.from({ length: n }, (_, i) => [`p${i}`, '語'.repeat(limits.propLength)]))
    const { post } = await startIngest()
    const { accepted, rejected } = (
      await post([
        { ...good, props: props(10) },
        { ...good, props: props(11) },
      ])
    ).json()
    expect([accepted, rejected[0].index, rejected[0].code]).toEqual([1, 1, 'event-too-large'])
  })

  it('is never quoted at length, nor its values at all', async () => {
    const { post } = await startIngest()
    const long = 'k'.repeat(100_000)
    const events = [
      { ...good, [long]: 1 },
      { ...good, props: { [long]: 'x' } },
      { ...good, user: ['hunter2'] },
    ]
    const { rejected } = (await post(events)).json()
    for (const { message } of rejected) expect(message.length).toBeLessThanOrEqual(200)
    expect(JSON.stringify(rejected)).not.toContain('hunter2')
  })
})

describe('tests made by naming them', () => {
  it('are bounded an app, whichever spelling names them', async () => {
    const { post } = await startIngest({ limits: { testsPerApp: 2 }, knownTests: [{ app: 'shop', test: 'old' }] })
    const named = ['old', 'new', 'newer'].map((t) => ({ ...good, tests: { [t]: 'b' } }))
    const { accepted, rejected } = (await post([...named, { ...good, testId: 'newest', branch: 'b' }, good])).json()
    expect(accepted).toBe(3)
    expect(rejected.map((r: { code: string }) => r.code)).toEqual(['too-many-tests', 'too-many-tests'])
  })

  it('count only with an event that is otherwise valid', async () => {
    const { post } = await startIngest({ limits: { testsPerApp: 1 } })
    await post({ ...good, event: '$mine', tests: { t1: 'b' } })
    expect((await post({ ...good, tests: { t2: 'b' } })).statusCode).toBe(202)
  })

  it('are bounded in apps too', async () => {
    const { post } = await startIngest({ limits: { apps: 1 } })
    const { rejected } = (await post([good, { ...good, app: 'other' }])).json()
    expect(rejected).toMatchObject([{ index: 1, code: 'too-many-apps' }])
  })
})

describe('a request', () => {
  it.each<[string, unknown]>([
    ['one event', good],
    ['an array', [good]],
    ['an envelope', { events: [good] }],
    ['the longest batch', batch(limits.requestEvents)],
  ])('may hold %s', async (_, body) => {
    const { post } = await startIngest()
    expect((await post(body)).statusCode).toBe(202)
  })

  it.each<[string, Record<string, string>]>([
    ['JSON', { 'content-type': 'application/json' }],
    ['JSON with a charset', { 'content-type': 'application/json; charset=utf-8' }],
    ['text, as sendBeacon sends', { 'content-type': 'text/plain;charset=UTF-8' }],
  ])('may say it is %s', async (_, headers) => {
    const { post } = await startIngest()
    expect((await post(good, { headers })).statusCode).toBe(202)
  })

  it('may be gzipped, and carry its key in the query', async () => {
    const { log, post } = await startIngest()
    const headers = { 'content-encoding': 'gzip', authorization: '' }
    const reply = await post(gzipSync(JSON.stringify(good)), { headers, url: `/v1/events?key=${keys.write}` })
    expect([reply.statusCode, log.entries.length]).toEqual([202, 1])
  })

  it.each([
    ['gzip', {}, 202],
    ['gzip', { 'content-encoding': 'gzip' }, 202],
    ['', { 'content-encoding': 'gzip' }, 202],
    ['br', {}, 415],
    ['br', { 'content-encoding': 'gzip' }, 415],
    ['gzip', { 'content-encoding': 'br' }, 415],
    ['gzip&encoding=gzip', {}, 415],
  ])('may say in the query that it is encoded: %j beside %j', async (encoding, headers, status) => {
    const { log, post } = await startIngest()
    const body = gzipSync(JSON.stringify(good))
    const type = { 'content-type': 'text/plain' }
    const reply = await post(body, { headers: { ...type, ...headers }, url: `/v1/events?encoding=${encoding}` })
    expect([reply.statusCode, log.entries.length]).toEqual([status, status === 202 ? 1 : 0])
    if (status === 415) expect(reply.json().code).toBe('encoding-unsupported')
  })

  const gzip = { 'content-encoding': 'gzip' }
  const MB = 1024 * 1024
  it.each<[string, unknown, Record<string, string>, number, string]>([
    ['no JSON', '{"app":', {}, 400, 'body-not-json'],
    ['NaN', '{"app":"a","user":"u","event":"e","value":NaN}', {}, 400, 'body-not-json'],
    ['deep JSON', '['.repeat(MB - 1), {}, 400, 'body-not-json'],
    ['deep but whole JSON', `${'['.repeat(400_000)}${']'.repeat(400_000)}`, {}, 400, 'no-valid-event'],
    ['other bytes than UTF-8', Buffer.from([0x22, 0xff, 0x22]), {}, 400, 'body-not-utf8'],
    ['nothing', '', {}, 400, 'body-empty'],
    ['an empty batch', [], {}, 400, 'body-empty'],
    ['an empty envelope', { events: [] }, {}, 400, 'body-empty'],
    ['no valid event', [{}, 3], {}, 400, 'no-valid-event'],
    ['too many events', batch(limits.requestEvents + 1), {}, 413, 'batch-too-long'],
    ['no array of events', { events: good }, {}, 400, 'batch-invalid'],
    ['sentAt as text', { sentAt: 'now', events: [good] }, {}, 400, 'batch-invalid'],
    ['an envelope with more', { sent_at: NOW, events: [good] }, {}, 400, 'batch-invalid'],
    ['too many bytes', `"${'x'.repeat(MB)}"`, {}, 413, 'body-too-large'],
    ['too many bytes once unzipped', gzipSync(Buffer.alloc(MB + 1, 32)), gzip, 413, 'body-too-large'],
    ['a gzip bomb', gzipSync(Buffer.alloc(256 * MB)), gzip, 413, 'body-too-large'],
    ['no gzip', JSON.stringify(good), gzip, 400, 'body-not-gzip'],
    ['half a gzip', gzipSync(JSON.stringify(good)).subarray(0, 20), gzip, 400, 'body-not-gzip'],
    ['another encoding', good, { 'content-encoding': 'br' }, 415, 'encoding-unsupported'],
    ['another content type', good, { 'content-type': 'application/xml' }, 415, 'content-type-unsupported'],
    ['a broken content type', good, { 'content-type': 'json' }, 415, 'content-type-unsupported'],
    ['an unknown key', good, { authorization: 'Bearer wk_no' }, 401, 'key-invalid'],
    ['no key', good, { authorization: '' }, 401, 'key-missing'],
    ['a read key', good, { authorization: `Bearer ${keys.read}` }, 403, 'key-forbidden'],
  ])('with %s is refused', async (_, body, headers, status, code) => {
    const { log, counters, post } = await startIngest()
    const reply = await post(body, { headers })
    expect([reply.statusCode, reply.json().code]).toEqual([status, code])
    expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(reply.headers['access-control-allow-origin']).toBe('*')
    expect([log.entries.length, counters.refused]).toEqual([0, 1])
  })

  it.each([good, ''])('without a content type is refused', async (body) => {
    const { server } = await startIngest()
    const headers = { authorization: `Bearer ${keys.write}`, 'content-type': undefined }
    const payload = Buffer.from(JSON.stringify(body))
    const reply = await server.inject({
      method: 'POST',
      url: '/v1/events',
      headers,
      ...(body === '' ? {} : { payload }),
    })
    expect([reply.statusCode, reply.json().code]).toEqual([415, 'content-type-unsupported'])
  })

  it('without a valid event is told why, event by event', async () => {
    const { post } = await startIngest()
    const { rejected } = (await post([{}, { ...good, event: '$mine' }])).json()
    expect(rejected).toMatchObject([
      { index: 0, code: 'event-invalid' },
      { index: 1, code: 'name-reserved' },
    ])
  })
})

describe('a browser', () => {
  it('is let in from any origin', async () => {
    const { server } = await startIngest()
    const headers = { origin: 'https://shop.example', 'access-control-request-method': 'POST' }
    const reply = await server.inject({ method: 'OPTIONS', url: '/v1/events', headers })
    expect(reply.statusCode).toBe(204)
    expect(reply.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'authorization, content-type, content-encoding',
      'access-control-max-age': '86400',
    })
    expect(reply.headers['access-control-allow-credentials']).toBeUndefined()
  })

  it('is let in nowhere else by this', async () => {
    const { server } = await startIngest()
    const headers = { origin: 'https://shop.example', 'access-control-request-method': 'POST' }
    expect((await server.inject({ method: 'OPTIONS', url: '/v1/apps', headers })).statusCode).toBe(404)
  })
})
