import { expect, test, vi } from 'vitest'
import { refusal, stored, unreachable } from '../testkit/fake-server.js'
import { line, pass, type Stage, stageEach } from '../testkit/stage.js'

let stage: Stage
stageEach((next) => {
  stage = next
})

test.each([408, 425, 429, 500, 502, 503, 599])('%i: they are sent again, in order', async (status) => {
  stage.server.replies.push(refusal(status))
  const delivery = stage.open()
  delivery.add(line(1))
  await pass(1000)
  delivery.add(line(2))
  await pass(999)
  expect(stage.ids).toEqual(['1'])
  await pass(1)
  expect(stage.ids).toEqual(['1', '12'])
  expect([stage.errors, stage.drops]).toEqual([[`events: ${status}`], []])
})

test.each([400, 401, 403, 404, 409, 413, 415, 422])('%i: they are given up', async (status) => {
  stage.server.replies.push(refusal(status))
  const delivery = stage.open()
  for (const id of [1, 2]) delivery.add(line(id))
  await pass(600_000)
  expect(stage.ids).toEqual(['12'])
  expect([stage.errors, stage.drops]).toEqual([[`events: ${status} no`], [[2, 'refused']]])
})

test('some of a batch refused are counted, the others are there', async () => {
  stage.server.replies.push(() => stored(1, [{ index: 1, code: 'event-invalid', message: 'Expected a name.' }]))
  const delivery = stage.open()
  for (const id of [1, 2]) delivery.add(line(id))
  await pass(600_000)
  expect([stage.ids, stage.errors, stage.drops]).toEqual([['12'], ['events: Expected a name.'], [[1, 'refused']]])
})

test('each wait is at most twice the one before, up to five minutes', async () => {
  stage.server.replies.push(...Array.from({ length: 12 }, () => unreachable))
  const delivery = stage.open()
  delivery.add(line(1))
  const waits: number[] = []
  let last = 0
  for (let second = 0; second < 2200; second++) {
    await pass(1000)
    if (stage.server.batches.length <= waits.length) continue
    waits.push(second - last)
    last = second
  }
  expect(waits.slice(1)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300])
  expect(stage.errors[0]).toBe('events: TypeError: fetch failed')
})

test('waits are anywhere below that, so that clients do not come together', async () => {
  vi.mocked(Math.random).mockReturnValue(0.25)
  stage.server.replies.push(unreachable)
  const delivery = stage.open()
  delivery.add(line(1))
  await pass(1000 + 249)
  expect(stage.ids).toEqual(['1'])
  await pass(1)
  expect(stage.ids).toEqual(['1', '1'])
})

const DAY = 86_400_000
test.each([
  ['7', 7000],
  ['Thu, 01 Jan 2026 00:01:00 GMT', 59_000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ['-5', 0],
  ['soon', 0],
  ['', 0],
  // More than timers hold, who would then wait for nothing at all.
  ['9999999999', DAY],
  ['1e999', DAY],
  ['Fri, 31 Dec 9999 00:00:00 GMT', DAY],
])('Retry-After %j is a wait of %i ms, and one of its own', async (value, milliseconds) => {
  vi.setSystemTime(Date.UTC(2026, 0, 1))
  stage.server.replies.push(refusal(503, { 'retry-after': value }))
  const delivery = stage.open()
  delivery.add(line(1))
  await pass(1000 + milliseconds + 999)
  expect(stage.ids).toEqual(['1'])
  await pass(1)
  expect(stage.ids).toEqual(['1', '1'])
})

test('after a success all waits start anew', async () => {
  stage.server.replies.push(unreachable, unreachable)
  const delivery = stage.open()
  delivery.add(line(1))
  await pass(10_000)
  expect(stage.ids).toEqual(['1', '1', '1'])
  stage.server.replies.push(unreachable)
  delivery.add(line(2))
  await pass(2000)
  expect(stage.ids.slice(3)).toEqual(['2', '2'])
})

test('no more wait than there is room for: the oldest go, and are counted', async () => {
  stage.server.replies.push(unreachable)
  const delivery = stage.open({ queue: 3 })
  for (const id of [1, 2]) delivery.add(line(id))
  await pass(1000)
  for (const id of [3, 4, 5]) delivery.add(line(id))
  expect(stage.drops).toEqual([
    [1, 'queue-full'],
    [1, 'queue-full'],
  ])
  await pass(1000)
  expect(stage.ids).toEqual(['12', '345'])
})

test('those on their way count among them, and are not the ones to go', async () => {
  let answer = (_: Response) => {}
  const answered = new Promise<Response>((resolve) => {
    answer = resolve
  })
  stage.server.replies.push(() => answered)
  const delivery = stage.open({ queue: 3 })
  for (const id of [1, 2]) delivery.add(line(id))
  await pass(1000)
  for (const id of [3, 4, 5]) delivery.add(line(id))
  expect(stage.drops).toEqual([
    [1, 'queue-full'],
    [1, 'queue-full'],
  ])
  answer(stored(2))
  await pass(1000)
  expect(stage.ids).toEqual(['12', '5'])
})

test.each<[string, () => Response]>([
  ['no JSON', () => new Response('<html>', { status: 202 })],
  ['nothing', () => new Response(null, { status: 202 })],
  ['null', () => Response.json(null, { status: 202 })],
  ['a list without a list', () => Response.json({ rejected: null }, { status: 202 })],
  ['a list', () => Response.json([1], { status: 202 })],
])('an answer that is %s is still an answer', async (_, reply) => {
  stage.server.replies.push(reply)
  const delivery = stage.open()
  delivery.add(line(1))
  await pass(600_000)
  expect([stage.ids, stage.drops]).toEqual([['1'], []])
})

test.each([
  ['a page', 200, '<html>Please sign in</html>'],
  ['nothing', 204, null],
  ['JSON', 200, '{"rejected":[]}'],
])('%s with a status of %i is not an answer of Assay: events wait', async (_, status, body) => {
  stage.server.replies.push(() => new Response(body, { status }))
  const delivery = stage.open()
  delivery.add(line(1))
  await delivery.flush()
  expect([stage.ids, stage.errors, stage.drops]).toEqual([['1'], [`events: ${status}`], []])
  await pass(1000)
  expect(stage.ids).toEqual(['1', '1'])
})
