import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Upstream {
  url: string
  server: Server
  /** What came so far. */
  readonly requests: IncomingMessage[]
}

/** An app behind the proxy: answers with its name unless it is told how. */
export async function upstream(name: string, answer?: RequestListener): Promise<Upstream> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    if (answer) answer(request, response)
    else response.setHeader('x-app', name).end(`${name} ${request.method} ${request.url}`)
  })
  const url = await listen(server)
  return { url, server, requests }
}

/** @returns its address; it closes at the test's end */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An address that refuses connections. */
export async function nobody(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}
