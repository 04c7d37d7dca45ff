import { createServer, type RequestListener, type Server } from 'node:http'
import { addressOf } from '../address.js'
import { Decisions } from '../decide/decisions.js'
import { decoded, headersOf, type Visit, visit } from './visit.js'

export interface HttpDoor {
  url: string
  close(): Promise<void>
}

/** Hears of what was told of an app's visitor. */
export type OnVisit = (app: string, visit: Visit) => void

export interface HttpOptions {
  host: string
  port: number
  /** By app. */
  apps: ReadonlyMap<string, Decisions>
  /** The test of an address that names none, in place of the app's current one. */
  test?: string | undefined
  /** Whether every app's tests are known as they are now. */
  isReady(): boolean
  onVisit?: OnVisit | undefined
}

/** Bytes of headers, more than proxies let through: what they take must not fail here. */
const HEADERS = 131_072
/** Milliseconds for which a connection waits for the next request: longer than proxies keep one. */
const KEEP_ALIVE = 75_000

/** Of an app that nobody knows, nothing is known. */
const noApp = new Decisions({ last: null, isFresh: () => false })

/**
 * `/v1/gate/APP/TEST`, by any method and whatever comes after it, answers 200 with the branch in headers; so do
 * `/v1/gate/APP` and `/v1/gate/APP/-`, of the app's current test. Unknown apps and tests have the control.
 */
export async function openHttp({ host, port, ...options }: HttpOptions): Promise<HttpDoor> {
  const server = createServer({ maxHeaderSize: HEADERS, keepAliveTimeout: KEEP_ALIVE }, listener(options))
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
  return { url: addressOf(server), close: () => close(server) }
}

function listener({ apps, test, isReady, onVisit }: Omit<HttpOptions, 'host' | 'port'>): RequestListener {
  return (request, response) => {
    const [, version, gate, app, testId] = request.url!.split('?', 1)[0]!.split('/')
    if (version === 'v1' && gate === 'gate' && app) {
      const decisions = apps.get(decoded(app)) ?? noApp
      const named = testId && testId !== '-' ? decoded(testId) : test
      const visited = visit(request.headers, decisions, named)
      const told = headersOf(visited)
      told.push('Cache-Control', 'no-store', 'Content-Length', '0')
      response.writeHead(200, told).end()
      onVisit?.(decoded(app), visited)
    } else if (version === 'ready' && gate === undefined) response.writeHead(isReady() ? 200 : 503).end()
    else response.writeHead(version === 'live' && gate === undefined ? 200 : 404).end()
  }
}

/** Answers take no time, so that what is open is idle. */
async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
}
