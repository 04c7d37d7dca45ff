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
        if (init?.method !== 'POST') return Response.json({ tests: service.tests })
        sent.push(...JSON.parse(await (init.body as Blob).text()).events)
        return Response.json({ accepted: 1, rejected: [] }, { status: 202 })
      },
    },
  }
  return service
}
