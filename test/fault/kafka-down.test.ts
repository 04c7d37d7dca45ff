import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Installation, type Running } from './installation.js'

let place: Installation
let ingest: Running
beforeAll(async () => {
  place = await Installation.open()
  ingest = await place.start('ingest')
}, 300_000)
afterAll(() => place.close())

let sent = 0
/** So many requests of 100 events, a few at a time, that are refused. */
async function many(requests: number): Promise<void> {
  const one = async () => {
    for (let i = 0; i < requests / 20; i++) expect((await post(100)).status).toBe(503)
  }
  await Promise.all(Array.from({ length: 20 }, one))
}

/** Of ingest's own memory, garbage included. */
const megabytes = () =>
  Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${ingest.child.pid}/status`, 'utf8'))![1]) / 1000

async function post(events = 1): Promise<{ status: number; retryAfter: string | null; took: number }> {
  const started = performance.now()
  const response = await fetch(`${ingest.url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${place.keys.write}`, 'content-type': 'application/json' },
    body: JSON.stringify(
      Array.from({ length: events }, () => ({ id: `e${sent++}`, app: 'shop', user: 'ann', event: 'view' })),
    ),
  })
  await response.arrayBuffer()
  return { status: response.status, retryAfter: response.headers.get('retry-after'), took: performance.now() - started }
}

test('without Kafka ingest answers 503 at once, uses no more memory, and takes events again when it is back', async () => {
  expect((await post()).status).toBe(202)
  await place.broker.kill()
  // The first finds out.
  expect((await post()).status).toBe(503)
  const answers = []
  for (let i = 0; i < 50; i++) answers.push(await post())
  const memory = []
  for (let i = 0; i < 12; i++) {
    await many(300)
    memory.push(megabytes())
  }
  // The collector takes a while to find its size.
  expect(Math.max(...memory.slice(6)) - Math.max(...memory.slice(0, 6))).toBeLessThan(30)
  expect(answers.map(({ status, retryAfter }) => [status, retryAfter])).toEqual(Array(50).fill([503, '1']))
  expect(Math.max(...answers.map(({ took }) => took))).toBeLessThan(1000)
  expect((await fetch(`${ingest.url}/live`)).status).toBe(200)
  expect((await fetch(`${ingest.url}/ready`)).status).toBe(503)
  await place.broker.restart()
  await expect.poll(async () => (await post()).status, { timeout: 30_000, interval: 200 }).toBe(202)
  await expect.poll(async () => (await fetch(`${ingest.url}/ready`)).status, { timeout: 30_000 }).toBe(200)
}, 120_000)
