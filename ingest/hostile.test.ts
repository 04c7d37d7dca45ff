import { wireEvent } from '@assay/core/event'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { startIngest } from './testkit/server.js'
import { wireEvents } from './testkit/wire-events.js'

/** Other ones each time; a failing one says its seed. */
const RUNS = 2500

const good = { id: 'good', app: 'shop', user: 'u1', event: 'purchase' }

const text = fc.oneof(
  fc.json(),
  fc.string(),
  fc.array(wireEvents, { maxLength: 5 }).map((events) => JSON.stringify(events)),
  fc.record({ sentAt: fc.jsonValue(), events: fc.array(wireEvents, { maxLength: 3 }) }).map((e) => JSON.stringify(e)),
  fc.nat({ max: 50_000 }).map((depth) => '{"props":'.repeat(depth)),
)
/** Any one byte exchanged. */
const damaged = fc.tuple(text, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([body, at, byte]) => {
  const bytes = Buffer.from(body)
  if (bytes.length > 0) bytes[at % bytes.length] = byte
  return bytes
})
const bodies = fc.oneof(
  text.map((body) => Buffer.from(body)),
  damaged,
  fc.uint8Array().map(Buffer.from),
)
const headers = fc.record(
  {
    'content-type': fc.constantFrom('application/json', 'text/plain', 'text/plain;charset=x', 'a/b', '', ';'),
    'content-encoding': fc.constantFrom('gzip', 'br', ''),
  },
  { requiredKeys: [] },
)

it('no body makes the server fail, nor puts anything invalid in the log', async () => {
  const { log, post } = await startIngest()
  const property = fc.asyncProperty(bodies, headers, async (body, sent) => {
    log.entries.length = 0
    const reply = await post(body, { headers: sent })
    expect(reply.statusCode).toBeLessThan(500)
    expect(reply.statusCode === 202).toBe(log.entries.length > 0)
    for (const { received, ...event } of log.events) {
      expect(received).toBeTypeOf('number')
      expect(wireEvent.safeParse(event).error).toBeUndefined()
    }
  })
  await fc.assert(property, { numRuns: RUNS })
}, 180_000)

it('a good event is kept among any others', async () => {
  const { log, post } = await startIngest({ limits: { apps: 1_000_000 } })
  const others = fc.array(wireEvents, { maxLength: 6 })
  const property = fc.asyncProperty(others, others, async (before, after) => {
    log.entries.length = 0
    const reply = await post([...before, good, ...after])
    const { accepted, rejected } = reply.json()
    expect([reply.statusCode, accepted + rejected.length]).toEqual([202, before.length + 1 + after.length])
    expect(log.events).toContainEqual(expect.objectContaining(good))
  })
  await fc.assert(property, { numRuns: RUNS })
}, 180_000)

it('nothing sent reaches the prototype of objects', async () => {
  const { post } = await startIngest()
  await post('[{"__proto__":{"polluted":1}},{"tests":{"__proto__":"x"},"app":"a","user":"u","event":"e"}]')
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})
