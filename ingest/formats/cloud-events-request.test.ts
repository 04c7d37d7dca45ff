import { gzipSync } from 'node:zlib'
import { limits } from '@assay/core/event'
import { describe, expect, it } from 'vitest'
import { type Harness, keys, NOW, startIngest } from '../testkit/server.js'

const SINGLE = 'application/cloudevents+json'
const BATCH = 'application/cloudevents-batch+json'
const event = { specversion: '1.0', id: '1', source: '/shop', type: 'purchase', subject: 'ann', app: 'shop' }
const stored = { id: '/shop 1', app: 'shop', user: 'ann', event: 'purchase' }

const send = ({ post }: Harness, body: unknown, headers: Record<string, string>, url = '/v1/events') =>
  post(body, { url, headers })

/** The same event with its attributes in the headers. */
const binary = (fields = {}) =>
  Object.fromEntries(Object.entries({ ...event, ...fields }).map(([name, value]) => [`ce-${name}`, value]))

describe('CloudEvents', () => {
  it.each<[string, unknown, Record<string, string>]>([
    ['one', event, { 'content-type': SINGLE }],
    ['one with a charset', event, { 'content-type': `${SINGLE}; charset=UTF-8` }],
    ['a batch', [event], { 'content-type': BATCH }],
    ['a batch, gzipped', gzipSync(JSON.stringify([event])), { 'content-type': BATCH, 'content-encoding': 'gzip' }],
    ['one in binary mode', {}, binary()],
    ['one in binary mode without data', '', binary()],
  ])('come as %s', async (_, body, headers) => {
    const ingest = await startIngest()
    const reply = await send(ingest, body, headers)
    expect([reply.statusCode, reply.body]).toEqual([202, '{"accepted":1,"rejected":[]}'])
    const rest = { value: 1, time: NOW, tests: {}, props: {}, received: NOW }
    expect(ingest.log.events).toEqual([{ ...stored, ...rest }])
  })

  it('in binary mode have their data as the body', async () => {
    const ingest = await startIngest()
    const body = { value: 3, props: { plan: 'pro' }, order: 7 }
    const reply = await send(ingest, body, binary({ time: new Date(NOW - 5).toISOString() }))
    expect(reply.json()).toEqual({ accepted: 1, rejected: [], dropped: 1 })
    expect(ingest.log.events).toMatchObject([{ ...stored, time: NOW - 5, value: 3, props: { plan: 'pro' } }])
  })

  it.each([
    ['Euro%20%E2%82%AC', 'Euro €'],
    ['"say \\"hi\\""', 'say "hi"'],
    ['plain', 'plain'],
  ])('in binary mode are decoded: %s', async (subject, user) => {
    const ingest = await startIngest()
    await send(ingest, {}, binary({ subject }))
    expect(ingest.log.events).toMatchObject([{ user }])
  })

  it('of a batch are judged one by one', async () => {
    const ingest = await startIngest()
    const batch = [{ ...event, specversion: '0.3' }, event, { ...event, data_base64: 'AQI=' }, 3]
    const reply = await send(ingest, batch, { 'content-type': BATCH })
    expect([reply.statusCode, reply.json().accepted]).toEqual([202, 1])
    expect(reply.json().rejected).toMatchObject([
      { index: 0, message: expect.stringMatching(/^"specversion": /) },
      { index: 2, message: expect.stringMatching(/^"data_base64": /) },
      { index: 3, message: expect.stringMatching(/^event: /) },
    ])
  })

  it('may get their app from the address', async () => {
    const ingest = await startIngest()
    await send(ingest, { ...event, app: undefined }, { 'content-type': SINGLE }, '/v1/events?app=web')
    expect(ingest.log.events).toMatchObject([{ app: 'web' }])
  })

  it.each<[string, unknown, Record<string, string>, number, string]>([
    ['one where a batch is said', event, { 'content-type': BATCH }, 400, 'batch-invalid'],
    ['a batch where one is said', [event], { 'content-type': SINGLE }, 400, 'no-valid-event'],
    ['an empty batch', [], { 'content-type': BATCH }, 400, 'body-empty'],
    ['too many', Array(limits.requestEvents + 1).fill(event), { 'content-type': BATCH }, 413, 'batch-too-long'],
    ['another format', event, { 'content-type': 'application/cloudevents+avro' }, 415, 'content-type-unsupported'],
    ['no bytes', '', { 'content-type': SINGLE }, 400, 'body-empty'],
    ['no bytes, though of a version', '', { 'content-type': SINGLE, 'ce-specversion': '1.0' }, 400, 'body-empty'],
    ['data that is no JSON', '<xml/>', binary(), 400, 'body-not-json'],
    ['attributes that are no UTF-8', {}, binary({ subject: '%C0%A0' }), 400, 'no-valid-event'],
    ['attributes that lack one', {}, { 'ce-specversion': '1.0', 'ce-id': '1' }, 400, 'no-valid-event'],
    ['no key', event, { 'content-type': SINGLE, authorization: '' }, 401, 'key-missing'],
    ['Basic auth', event, { 'content-type': SINGLE, authorization: `Basic ${btoa(keys.write)}` }, 401, 'key-missing'],
  ])('are refused: %s', async (_, body, headers, status, code) => {
    const ingest = await startIngest()
    const reply = await send(ingest, body, headers)
    expect([reply.statusCode, reply.json().code]).toEqual([status, code])
    expect(ingest.log.entries).toEqual([])
  })
})
