import { gunzipSync } from 'node:zlib'

interface Sent {
  id: string
  event: string
  user: string
  value?: number
  tests?: Record<string, string>
  props?: Record<string, unknown>
}

type Reply = () => Response | Promise<Response>

/** Takes the place of `fetch`: keeps what was posted, and answers from a list, 202 once that is empty. */
export class FakeServer {
  readonly batches: Sent[][] = []
  readonly urls: string[] = []
  readonly replies: Reply[] = []
  config: { status: number; body: string; etag?: string } = { status: 200, body: '{"tests":{}}' }

  readonly fetch = (async (input: string, init: RequestInit = {}) => {
    this.urls.push(input)
    if (init.method !== 'POST') return this.#config(init)
    const bytes = Buffer.from(await new Response(init.body).arrayBuffer())
    const text = input.endsWith('&encoding=gzip') ? gunzipSync(bytes) : bytes
    const { events } = JSON.parse(text.toString()) as { events: Sent[] }
    this.batches.push(events)
    const reply = this.replies.shift()
    return reply === undefined ? stored(events.length) : reply()
  }) as typeof fetch

  #config({ headers }: RequestInit): Response {
    const { status, body, etag } = this.config
    if (etag !== undefined && new Headers(headers).get('if-none-match') === etag)
      return new Response(null, { status: 304 })
    return new Response(body, { status, headers: etag === undefined ? {} : { etag } })
  }

  get events(): Sent[] {
    return this.batches.flat()
  }
}

export const stored = (accepted: number, rejected: object[] = []) =>
  Response.json({ accepted, rejected }, { status: 202 })

export const refusal =
  (status: number, headers: Record<string, string> = {}): Reply =>
  () =>
    Response.json({ detail: 'no' }, { status, headers })

export const unreachable: Reply = () => Promise.reject(new TypeError('fetch failed'))
