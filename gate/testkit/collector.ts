import { createServer } from 'node:http'
import type { WireEvent } from '@assay/core/event'
import { listen } from './upstream.js'

export interface Collector {
  url: string
  events: WireEvent[]
  /** Those of one name, as they came. */
  named(event: string): WireEvent[]
}

/** Takes events as the server does. */
export async function collector(): Promise<Collector> {
  const events: WireEvent[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    events.push(...(JSON.parse(body) as { events: WireEvent[] }).events)
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"rejected":[]}')
  })
  const url = await listen(server)
  return { url, events, named: (event) => events.filter((one) => one.event === event) }
}
