import { murmur3 } from '../../core/assign.js'
import type { Tests } from '../options.js'

interface Sent {
  event: string
  user: string
  value?: number
  tests?: Record<string, string>
  props?: Record<string, unknown>
}

/** Assay as clients see it, without a network: it answers with its tests, keeps what it was sent, and may be down. */
export function fakeService(tests: Tests) {
  const sent: Sent[] = []
  const service = {
    tests,
    sent,
    isDown: false,
    named: (event: string) => sent.filter((one) => one.event === event),
    options: {
      url: 'https://assay.test',
      key: 'write',
      app: 'shop',
      compress: async () => null,
      fetch: async (_: unknown, init?: RequestInit): Promise<Response> => {
        if (service.isDown) return new Response('', { status: 503 })
        if (init?.method !== 'POST') return config(service.tests, init)
        sent.push(...JSON.parse(await (init.body as Blob).text()).events)
        return Response.json({ accepted: 1, rejected: [] }, { status: 202 })
      },
    },
  }
  return service
}

function config(tests: Tests, init?: RequestInit): Response {
  const body = JSON.stringify({ tests })
  const etag = `"${body.length}-${murmur3(body, 0)}"`
  const isKnown = new Headers(init?.headers).get('if-none-match') === etag
  return new Response(isKnown ? null : body, { status: isKnown ? 304 : 200, headers: { etag } })
}
