import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

/** Stands before an ingest as a load balancer does: counts what comes through, and can be down. */
export interface Front {
  url: string
  /** Ids of the events that the ingest behind acknowledged, in order, as often as it did. */
  ids: string[]
  /** With a status, all is answered so; with `gone`, nothing is. */
  state: 'up' | 'gone' | number
  close(): void
}

/** What the config route answers: definitions are no matter of these tests. */
export const config = {
  tests: {
    checkout: { branches: ['master', 'one-page'].map((name) => ({ name, weight: 1 })) },
    search: { branches: ['master', 'new', 'newer'].map((name) => ({ name, weight: 1 })), sticky: true },
    mobile: { branches: ['master', 'app'].map((name) => ({ name, weight: 1 })), targeting: { device: 'phone' } },
  },
}

export async function openFront(behind: string): Promise<Front> {
  const server = createServer((request, response) => {
    if (front.state === 'gone') return request.socket.destroy()
    if (front.state !== 'up') return response.writeHead(front.state).end()
    if (request.url!.includes('/config'))
      return response.setHeader('access-control-allow-origin', '*').end(JSON.stringify(config))
    void pass(front, behind, request, response)
  })
  const front: Front = { url: await listen(server), ids: [], state: 'up', close: () => closeAll(server) }
  return front
}

async function pass(front: Front, behind: string, request: IncomingMessage, response: ServerResponse) {
  const body = Buffer.concat(await request.toArray())
  const { origin = '', 'content-type': type = '' } = request.headers
  const headers = { origin, 'content-type': type }
  const answer = await fetch(behind + request.url, { method: request.method!, headers, body })
  if (answer.status === 202) front.ids.push(...idsOf(request.url!.includes('encoding=gzip') ? gunzipSync(body) : body))
  const { host, connection, ...given } = Object.fromEntries(answer.headers)
  response.writeHead(answer.status, given).end(await answer.text())
}

const idsOf = (body: Buffer): string[] => JSON.parse(`${body}`).events.map(({ id }: { id: string }) => id)

export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export function closeAll(server: Server): void {
  server.close()
  server.closeAllConnections()
}
