import { createServer, type IncomingMessage, type Server, type ServerResponse, request as send } from 'node:http'
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

export async function openFront(behind: string): Promise<Front> {
  const server = createServer((request, response) => {
    if (front.state === 'gone') return request.socket.destroy()
    if (front.state !== 'up') return response.writeHead(front.state).end()
    void pass(front, behind, request, response)
  })
  const front: Front = { url: await listen(server), ids: [], state: 'up', close: () => closeAll(server) }
  return front
}

async function pass(front: Front, behind: string, request: IncomingMessage, response: ServerResponse) {
  const body = Buffer.concat(await request.toArray())
  const { method, url, headers } = request
  const onward = send(behind + url, { method, headers }, (answer) => {
    if (answer.statusCode === 202) front.ids.push(...idsOf(url!.includes('encoding=gzip') ? gunzipSync(body) : body))
    response.writeHead(answer.statusCode!, answer.headers)
    answer.pipe(response)
  })
  onward.on('error', () => response.destroy())
  response.on('close', () => onward.destroy())
  onward.end(body)
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
