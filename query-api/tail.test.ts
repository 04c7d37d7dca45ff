import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Harness, keys, startQueryApi } from './testkit/server.js'

let api: Harness
let url: string
let closed = false
beforeAll(async () => {
  api = await startQueryApi()
  url = await api.server.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => (closed ? undefined : api.close()))

const append = (app: string, ...names: string[]) =>
  api.log.append(
    'assay.events',
    names.map((event) => ({ app, user: 'u', id: event, received: 0, value: JSON.stringify({ event }) })),
  )

async function open(app: string) {
  const stop = new AbortController()
  const response = await fetch(`${url}/v1/apps/${app}/tail?key=${keys.read}`, { signal: stop.signal })
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
  const decoder = new TextDecoder()
  const reader = response.body!.getReader()
  let text = ''
  /** Reads on until the stream holds `part`, or ends. */
  const until = async (part: string) => {
    while (!text.includes(part)) {
      const { done, value } = await reader.read()
      if (done) break
      text += decoder.decode(value, { stream: true })
    }
    return text
  }
  return { until, stop: () => stop.abort() }
}

it('streams the app’s events from now on, and no others', async () => {
  await append('shop', 'before')
  const { until, stop } = await open('shop')
  await append('other', 'foreign')
  await append('shop', 'first', 'second')
  expect(await until('second')).toBe(': live\n\ndata: {"event":"first"}\n\ndata: {"event":"second"}\n\n')
  stop()
})

it('many at once, each with every event', async () => {
  const tails = await Promise.all(Array.from({ length: 20 }, () => open('busy')))
  const names = Array.from({ length: 2500 }, (_, i) => `e${i}.`)
  await append('busy', ...names)
  for (const { until, stop } of tails) {
    expect((await until('e2499.')).match(/^data/gm)).toHaveLength(2500)
    stop()
  }
})

it('needs a key, and HEAD does not hang', async () => {
  expect((await fetch(`${url}/v1/apps/shop/tail`)).status).toBe(401)
  expect((await fetch(`${url}/v1/apps/shop/tail?key=${keys.read}`, { method: 'HEAD' })).status).toBe(404)
})

it('ends when the server closes', async () => {
  const { until } = await open('shop')
  await until(': live')
  closed = true
  await Promise.all([api.close(), until('never')])
}, 5000)
