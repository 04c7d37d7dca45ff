import { gzipSync } from 'node:zlib'
import { limits } from '@assay/core/event'
import { describe, expect, it } from 'vitest'
import { type Harness, keys, NOW, startIngest } from '../testkit/server.js'
import { calls } from './segment-request.js'

const HOUR = 3_600_000
const at = (ms: number) => new Date(ms).toISOString()
const track = { type: 'track', userId: 'ann', event: 'Order Completed' }
const none = { authorization: '' }
const basic = (user: string) => ({ authorization: `Basic ${Buffer.from(user).toString('base64')}` })

const send = ({ post }: Harness, body: unknown, headers = {}, url = '/v1/batch?app=shop') =>
  post(body, { url, headers })

/** As Segment's library for Node sends it. */
const fromNode = {
  batch: [
    {
      timestamp: at(NOW - HOUR - 20),
      integrations: {},
      event: 'Order Completed',
      type: 'track',
      properties: { revenue: 12.5, coupon: 'x', products: [{ a: 1 }] },
      context: { library: { name: '@segment/analytics-node', version: '3.1.0' } },
      userId: 'ann',
      messageId: 'node-next-1795303983735-70c69594-2e7a-41bf-94aa-f6b7f46dbf3e',
      _metadata: { nodeVersion: 'v20.20.2', jsRuntime: 'node' },
    },
    { type: 'identify', userId: 'ann', traits: { email: 'x' }, timestamp: at(NOW - HOUR), context: {} },
  ],
  writeKey: keys.write,
  sentAt: at(NOW - HOUR),
}

describe('a batch', () => {
  it('is stored by the clock of who sent it, and answered as Segment does', async () => {
    const ingest = await startIngest()
    const reply = await send(ingest, fromNode, basic(`${keys.write}:`))
    expect([reply.statusCode, reply.json()]).toEqual([
      200,
      { success: true, accepted: 1, rejected: [], ignored: 1, dropped: 1 },
    ])
    expect(reply.headers['content-type']).toBe('application/json; charset=utf-8')
    const { messageId } = fromNode.batch[0]!
    expect(ingest.log.events).toEqual([
      {
        ...{ id: messageId, app: 'shop', user: 'ann', event: 'Order Completed', value: 12.5 },
        ...{ time: NOW - 20, tests: {}, props: { coupon: 'x' }, received: NOW },
      },
    ])
    expect(ingest.counters).toEqual({ accepted: 1, rejected: 0, clamped: 0, refused: 0 })
  })

  it('may hold what is refused beside what is kept', async () => {
    const ingest = await startIngest()
    const batch = [
      { type: 'group' },
      { ...track, userId: 7 },
      track,
      { ...track, properties: { value: 'x', list: [] } },
    ]
    const reply = await send(ingest, { batch })
    const { rejected, ...counts } = reply.json()
    expect([reply.statusCode, counts]).toEqual([200, { success: true, accepted: 1, ignored: 1, dropped: 0 }])
    expect(rejected).toEqual([
      { index: 1, code: 'event-invalid', message: expect.stringMatching(/^"userId": /) },
      { index: 3, code: 'event-invalid', message: expect.stringMatching(/^"properties"\."value": /) },
    ])
    expect(ingest.log.events).toMatchObject([{ user: 'ann', value: 1 }])
  })

  it('in which nothing is valid is a problem, with the reasons', async () => {
    const ingest = await startIngest()
    const reply = await send(ingest, { batch: [{ type: 'group' }, { ...track, event: '$mine' }] })
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'no-valid-event'])
    expect(reply.json().rejected).toMatchObject([{ index: 1, code: 'name-reserved' }])
    expect([ingest.log.entries.length, ingest.counters.refused]).toEqual([0, 1])
  })

  it('in which nothing is counted is no problem', async () => {
    const ingest = await startIngest()
    const reply = await send(ingest, { batch: [{ type: 'group' }, { type: 'identify', userId: 'ann' }] })
    expect([reply.statusCode, reply.json()]).toMatchObject([200, { success: true, accepted: 0, ignored: 2 }])
    expect(ingest.log.entries).toEqual([])
  })

  it('says for all its messages what they do not say themselves', async () => {
    const ingest = await startIngest()
    const app = { name: 'Shop' }
    const batch = [track, { ...track, context: { app: { name: 'Web' } } }, { ...track, context: { ip: '::1' } }]
    await send(ingest, { batch, context: { app } }, {}, '/v1/batch')
    expect(ingest.log.events.map((event) => event.app)).toEqual(['Shop', 'Web', 'Shop'])
  })

  it('sent again gives the same ids, so that it counts once', async () => {
    const ingest = await startIngest()
    for (const _ of [1, 2]) await send(ingest, fromNode)
    expect(new Set(ingest.log.entries.map(({ id }) => id)).size).toBe(1)
  })
})

describe('the key', () => {
  it.each<[string, Record<string, string>, string, object, number]>([
    ['is the user of Basic auth', basic(`${keys.write}:`), '', {}, 200],
    ['may lack its colon', basic(keys.write), '', {}, 200],
    ['stands in the body', none, '', { writeKey: keys.write }, 200],
    ['stands in the query', none, `&key=${keys.write}`, {}, 200],
    ['is a bearer', {}, '', {}, 200],
    ['of a bearer comes first', { authorization: 'Bearer wk_no' }, '', { writeKey: keys.write }, 401],
    ['of Basic auth comes before the body', basic('wk_no:'), '', { writeKey: keys.write }, 401],
    ['is none', none, '', {}, 401],
    ['is none in another scheme', { authorization: 'Digest x' }, '', {}, 401],
    ['is no text', none, '', { writeKey: [keys.write] }, 401],
    ['is unknown', none, '', { writeKey: 'wk_no' }, 401],
    ['is for reading', basic(`${keys.read}:`), '', {}, 403],
    ['is for reading, in the body', none, '', { writeKey: keys.read }, 403],
  ])('%s', async (_, headers, query, fields, status) => {
    const ingest = await startIngest()
    const reply = await send(ingest, { batch: [track], ...fields }, headers, `/v1/batch?app=shop${query}`)
    expect([reply.statusCode, ingest.log.entries.length]).toEqual([status, status === 200 ? 1 : 0])
  })

  it('is known before any message is looked at', async () => {
    const ingest = await startIngest()
    const reply = await send(ingest, { batch: 'none' }, none)
    expect(reply.json().code).toBe('key-missing')
  })

  it('has one rate for all formats', async () => {
    const ingest = await startIngest({ limits: { eventsPerSecond: 1, eventBurst: 2 } })
    await send(ingest, { batch: [track, track, track], writeKey: keys.write }, none)
    expect((await ingest.post({ app: 'a', user: 'u', event: 'e' })).json().code).toBe('rate-limited')
    const reply = await send(ingest, { batch: [track], writeKey: keys.write }, none)
    expect([reply.statusCode, reply.headers['retry-after']]).toEqual([429, expect.any(String)])
  })
})

describe('a request', () => {
  it.each(calls.slice(1))('may be one %s message, under its name or first letter', async (call) => {
    const said = { ...track, anonymousId: 'a1', previousId: 'a0', name: 'Home' }
    for (const path of [call, call[0]]) {
      const ingest = await startIngest()
      const headers = { 'content-type': 'text/plain', ...none }
      const body = { ...said, type: undefined, writeKey: keys.write }
      const reply = await send(ingest, body, headers, `/v1/${path}?app=shop`)
      expect(reply.json()).toMatchObject({ success: true, accepted: call === 'group' ? 0 : 1 })
      expect(reply.headers['access-control-allow-origin']).toBe('*')
    }
  })

  it('may be gzipped', async () => {
    const ingest = await startIngest()
    const body = gzipSync(JSON.stringify(fromNode))
    expect((await send(ingest, body, { 'content-encoding': 'gzip', ...none })).statusCode).toBe(200)
  })

  it('names tests within the limits of all formats', async () => {
    const ingest = await startIngest({ limits: { testsPerApp: 1 } })
    await ingest.post({ app: 'shop', user: 'u', event: 'e', tests: { t: 'b' } })
    const context = { assay: { tests: { another: 'b' } } }
    const { rejected } = (await send(ingest, { batch: [{ ...track, context }, track] })).json()
    expect(rejected).toMatchObject([{ index: 0, code: 'too-many-tests' }])
  })

  const MB = 1024 * 1024
  const many = (n: number) => Array.from({ length: n }, () => track)
  it.each<[string, unknown, string, number, string]>([
    ['no object', [track], '', 400, 'batch-invalid'],
    ['no batch', track, '', 400, 'batch-invalid'],
    ['an empty batch', { batch: [] }, '', 400, 'body-empty'],
    ['too many messages', { batch: many(limits.requestEvents + 1) }, '', 413, 'batch-too-long'],
    ['another sentAt', { batch: [track], sentAt: NOW }, '', 400, 'batch-invalid'],
    ['another context', { batch: [track], context: 'x' }, '', 400, 'batch-invalid'],
    ['two apps', { batch: [track] }, '&app=web', 400, 'query-invalid'],
    ['no app', { batch: [track] }, 'none', 400, 'no-valid-event'],
    ['no JSON', '{"batch":', '', 400, 'body-not-json'],
    ['too many bytes', { batch: [{ ...track, properties: { x: 'x'.repeat(MB) } }] }, '', 413, 'body-too-large'],
  ])('with %s is refused', async (_, body, query, status, code) => {
    const ingest = await startIngest()
    const reply = await send(ingest, body, {}, query === 'none' ? '/v1/batch' : `/v1/batch?app=shop${query}`)
    expect([reply.statusCode, reply.json().code]).toEqual([status, code])
    expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(ingest.log.entries).toEqual([])
  })
})

describe('a browser', () => {
  const preflight = { origin: 'https://shop.example', 'access-control-request-method': 'POST' }
  it.each([
    ['/v1/batch', 204],
    ['/v1/b', 404],
    ['/v1/apps', 404],
    ['/v1/backup', 404],
  ])('that asks first at %s is told %i', async (url, status) => {
    const { server } = await startIngest()
    expect((await server.inject({ method: 'OPTIONS', url, headers: preflight })).statusCode).toBe(status)
  })
})
