import { wireEvent } from '@assay/core/event'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { startIngest } from '../testkit/server.js'

const MB = 1024 * 1024
const odd = fc.constantFrom(
  '',
  '$own',
  '$exposure',
  '__proto__',
  'a@b',
  '\u0000',
  '\ud800',
  'x'.repeat(129),
  '2026-01-31',
)
const junk = fc.oneof(odd, fc.jsonValue({ maxDepth: 2 }), fc.double(), fc.constantFrom(null, [], {}))
const mostly = (...usual: unknown[]) =>
  fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: junk })
const time = mostly('2023-11-14T22:13:20Z', null, undefined)
const record = fc.array(fc.tuple(fc.oneof(odd, fc.string()), junk), { maxLength: 20 }).map((pairs) => {
  // Written and parsed, so that `__proto__` becomes a key like any other.
  const members = pairs.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value) ?? null}`)
  return JSON.parse(`{${members.join(',')}}`) as unknown
})
const some = fc.oneof({ weight: 6, arbitrary: record }, { weight: 1, arbitrary: junk })

const message = fc.record({
  type: mostly('track', 'identify', 'page', 'screen', 'alias', 'group'),
  ...{ userId: mostly('ann', 'bob'), anonymousId: mostly('a1', undefined), previousId: mostly('a0', undefined) },
  ...{ event: mostly('Order Completed', 'Experiment Viewed'), messageId: mostly('m', undefined) },
  ...{ timestamp: time, sentAt: time, receivedAt: time, properties: some, traits: some },
  context: mostly({ app: { name: 'shop' } }, { assay: { tests: { t: 'b' } } }, undefined),
})
const cloudEvent = fc.record({
  ...{ specversion: mostly('1.0'), id: mostly('1'), source: mostly('/s'), type: mostly('e'), time },
  ...{ subject: mostly('ann', null), app: mostly('shop'), data_base64: mostly(undefined) },
  data: mostly({ value: 1, tests: { t: 'b' }, props: { a: 1 } }, { user: 'x', testId: 't', branch: 'b' }, null),
})
const requests = fc.oneof(
  fc
    .array(message, { maxLength: 4 })
    .map((batch) => ({ url: '/v1/batch?app=shop', body: { batch }, type: 'text/plain' })),
  some.map((body) => ({ url: '/v1/batch', body, type: 'application/json' })),
  message.map((body) => ({ url: '/v1/track', body, type: 'application/json' })),
  fc.array(cloudEvent, { maxLength: 4 }).map((body) => ({
    ...{ url: '/v1/events', body },
    type: 'application/cloudevents-batch+json',
  })),
  some.map((body) => ({ url: '/v1/events', body, type: 'application/cloudevents+json' })),
)

it('no body in another format makes the server fail, nor puts anything invalid in the log', async () => {
  const { log, post } = await startIngest()
  const statuses = new Set<number>()
  const property = fc.asyncProperty(requests, async ({ url, body, type }) => {
    log.entries.length = 0
    const reply = await post(JSON.stringify(body), { url, headers: { 'content-type': type } })
    statuses.add(reply.statusCode)
    const counted = reply.statusCode < 300 ? reply.json().accepted : 0
    expect(log.entries.length).toBe(counted)
    for (const { received, ...event } of log.events) expect(wireEvent.safeParse(event).error).toBeUndefined()
  })
  await fc.assert(property, { numRuns: 3000 })
  expect([...statuses].sort()).toEqual([200, 202, 400])
}, 120_000)

const track = '"type":"track","userId":"u","event":"e"'
const cloud = '"specversion":"1.0","id":"1","source":"/","type":"e","subject":"u","app":"a"'
const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`
const wide = Array.from({ length: 80_000 }, (_, i) => `"$${i}":1`).join(',')
it.each<[string, string, string, string]>([
  ['deep properties', '/v1/track?app=a', `{${track},"properties":{"deep":${deep}}}`, '"dropped":1'],
  ['very many properties', '/v1/track?app=a', `{${track},"properties":{${wide}}}`, '"dropped":80000'],
  ['very many fields', '/v1/track?app=a', `{${track},${wide}}`, '"accepted":1'],
  [
    'a prototype',
    '/v1/track?app=a',
    `{${track},"__proto__":{"x":1},"properties":{"__proto__":{"x":1}}}`,
    '"dropped":1',
  ],
  [
    'a prototype of tests',
    '/v1/track?app=a',
    `{${track},"context":{"assay":{"tests":{"__proto__":"b"}}}}`,
    '__proto__',
  ],
  [
    'a prototype of context',
    '/v1/track?app=a',
    `{${track},"context":{"__proto__":{"app":{"name":"b"}}}}`,
    '"accepted":1',
  ],
  ['deep data', '/v1/events', `{${cloud},"data":{"deep":${deep}}}`, '"dropped":1'],
  ['very much data', '/v1/events', `{${cloud},"data":{${wide}}}`, '"dropped":80000'],
  [
    'a prototype of data',
    '/v1/events',
    `{${cloud},"data":{"__proto__":{"value":9},"props":{"__proto__":1}}}`,
    '__proto__',
  ],
])('%s cost a moment at most', async (_, url, body, told) => {
  expect(body.length).toBeLessThan(MB)
  const { post } = await startIngest()
  const type = url === '/v1/events' ? 'application/cloudevents+json' : 'application/json'
  const begun = performance.now()
  const reply = await post(body, { url, headers: { 'content-type': type } })
  expect(performance.now() - begun).toBeLessThan(2000)
  expect(reply.body).toContain(told)
  expect(({} as { x?: unknown }).x).toBeUndefined()
})
