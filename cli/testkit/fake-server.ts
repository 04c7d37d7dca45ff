import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { WireEvent } from '@assay/core/event'
import { onTestFinished } from 'vitest'

/** What the fake does with a request for events: `lose` stores them and drops the connection, `drop` only drops it. */
export type Mood = 'take' | 'drop' | 'lose' | 'busy' | 'limit' | 'reject' | 'hang' | 'stranger'

export interface FakeServer {
  url: string
  key: string
  /** Every event that came, repeats included. */
  events: WireEvent[]
  requests: number
}

/** Answers as Assay does as far as the client asks, in the mood of the request's number, and counts ids once. */
export async function fakeServer(mood: (request: number) => Mood = () => 'take'): Promise<FakeServer> {
  const fake: FakeServer = { url: '', key: 'k', events: [], requests: 0 }
  fake.url = await listen(async (request, response) => {
    if (request.method === 'GET') return json(response, 200, read(fake, request.url!))
    receive(fake, mood(fake.requests++), await bodyOf(request), response)
  })
  return fake
}

/** A server that goes with the test; resolves with where it listens. */
export async function listen(handle: RequestListener): Promise<string> {
  const server = createServer(handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function receive(fake: FakeServer, mood: Mood, events: WireEvent[], response: ServerResponse): unknown {
  if (mood === 'take' || mood === 'lose') fake.events.push(...events)
  if (mood === 'drop' || mood === 'lose') return response.destroy()
  if (mood === 'hang') return
  if (mood === 'busy') return json(response, 503, { title: 'The server is busy', detail: 'Queue.' }, '0')
  if (mood === 'limit') return json(response, 429, { title: 'Too many events', detail: 'Wait.' }, '1')
  if (mood === 'stranger') return response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>nginx</h1>')
  const rejected = mood === 'reject' ? [{ index: 0, code: 'event-invalid', message: 'value: too large' }] : []
  json(response, 202, { accepted: events.length - rejected.length, rejected })
}

function read({ events }: FakeServer, path: string): object {
  if (path === '/v1/status') return { aggregator: { fresh: true } }
  const prefix = `import:${path.split('/').at(-1)}:`
  const seen = new Set(events.filter((e) => e.id!.startsWith(prefix)).map((e) => Number(e.id!.split(':')[2])))
  let next = 0
  while (seen.has(next)) next++
  return { rows: seen.size, next }
}

export async function bodyOf(request: IncomingMessage) {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString())
}

export function json(response: ServerResponse, status: number, body: object, retryAfter?: string): void {
  const headers = {
    'content-type': 'application/json',
    ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
  }
  response.writeHead(status, headers).end(JSON.stringify(body))
}
