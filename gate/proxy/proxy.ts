import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { AssayError } from '@assay/core/errors'
import { addressOf } from '../address.js'
import type { Decisions } from '../decide/decisions.js'
import type { Monitor } from '../monitor.js'
import type { Reporter } from '../report/reporter.js'
import { type Choosing, choose, toControl } from './choice.js'
import { hasBody, refusalOf } from './headers.js'
import { Mirror } from './mirror.js'
import { Passage, type Ways } from './passage.js'
import { Busy, join, responseOn } from './tunnel.js'
import { openUpstreams, poolOf } from './upstreams.js'

export interface ProxyDoor {
  url: string
  close(): Promise<void>
}

export interface ProxySettings {
  port: number
  /** By branch, as `http://127.0.0.1:8001`; `control` is of whichever branch that is, and of what is unknown. */
  upstreams: Readonly<Record<string, string>>
  /** Milliseconds until a response must have begun. */
  timeout: number
  /** What testers say after the branch that they want to see; without it nobody may. */
  override?: string | undefined
  /** Whether `X-Assay-User` comes from a proxy in front that is to be believed. */
  trustUser?: boolean | undefined
  /** The same of `X-Forwarded-For`, `-Proto` and `-Host`. */
  trustForwarded?: boolean | undefined
  /** Where copies of requests go, of which nobody sees the answer. */
  mirror?: string | undefined
  /** Also copies what is not safe to repeat. */
  mirrorAll?: boolean | undefined
}

export interface ProxyOptions extends ProxySettings {
  host: string
  decisions: Decisions
  /** In place of the app's current test. */
  test?: string | undefined
  reporter: Reporter
  monitor: Monitor
}

/** Bytes of a request's headers. */
const HEADERS = 32_768
/** Milliseconds that they may take. */
const HEADERS_TIMEOUT = 60_000
/** Milliseconds for which a connection waits for the next request. */
const KEEP_ALIVE = 75_000
/** Milliseconds that responses under way have when the door closes. */
const GRACE = 5000

/**
 * Sends each request to the upstream of its user's branch, and streams the answer back; tells what came of it.
 * @throws AssayError `config-invalid` of upstreams that are none, or what the system says of a port that is taken
 */
export async function openProxy(options: ProxyOptions): Promise<ProxyDoor> {
  const { host, port, timeout, monitor } = options
  if (options.override === '')
    throw new AssayError('config-invalid', 'Expected a secret that lets testers choose; an empty one came.')
  const upstreams = openUpstreams(options.upstreams, timeout)
  const dropped = () => monitor.dropped('mirror', 1)
  const mirror = options.mirror && new Mirror(poolOf(options.mirror, timeout), options.mirrorAll === true, dropped)
  const pass = passer({ ...options, upstreams, test: options.test }, options, mirror || undefined)
  // A body may take as long as it likes, headers may not.
  const timeouts = { keepAliveTimeout: KEEP_ALIVE, headersTimeout: HEADERS_TIMEOUT, requestTimeout: 0 }
  const server = createServer({ maxHeaderSize: HEADERS, ...timeouts })
  const tunnels = new Set<Duplex>()
  const busy = new Busy()
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    busy.add(request.socket, response)
    pass(request, response)
  })
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    if (busy.has(socket)) return void socket.on('error', () => {}).destroy()
    tunnels.add(socket)
    socket.on('close', () => tunnels.delete(socket))
    upgrade(request, socket, head, pass)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
  return {
    url: addressOf(server),
    async close() {
      await drain(server, () => {
        for (const socket of tunnels) socket.destroy()
      })
      await Promise.all([upstreams.close(), mirror ? mirror.close() : undefined])
    },
  }
}

type Pass = (request: IncomingMessage, response: ServerResponse, upgraded?: Ways['upgraded']) => void

function passer(by: Choosing, { reporter, monitor }: ProxyOptions, mirror: Mirror | undefined): Pass {
  return (request, response, upgraded) => {
    // Whoever is gone before the request is looked at has no address any more.
    if (request.socket.remoteAddress === undefined) return void response.destroy()
    const refusal = refusalOf(request)
    if (refusal !== '') return refuse(response, refusal)
    const choice = choose(request, by)
    const ways: Ways = {
      choice,
      toControl: () => toControl(request, by, choice),
      sent({ counted }) {
        if (counted) reporter.sent(counted)
      },
      served({ counted }) {
        if (counted) reporter.exposed(counted)
      },
      ended({ visited, user, counted }, outcome, milliseconds) {
        if (user !== undefined) reporter.ended(user, counted, outcome, milliseconds)
        monitor.proxied(visited.isControl, outcome, milliseconds)
      },
      ...(upgraded && { upgraded }),
    }
    if (!upgraded) mirror?.copy(request, choice.headers)
    new Passage(request, response, ways).begin()
  }
}

/** WebSocket goes on; other protocols are an offer that need not be taken, unless a body hangs on it. */
function upgrade(request: IncomingMessage, socket: Socket, head: Buffer, pass: Pass): void {
  const response = responseOn(request, socket)
  if (hasBody(request)) return void refuse(response, 'Expected no upgrade of a request with a body.')
  const isWebSocket = request.headers.upgrade?.toLowerCase() === 'websocket' && request.method === 'GET'
  const joined: Ways['upgraded'] = (headers, upstream) => {
    response.detachSocket(socket)
    join(socket, head, upstream, headers)
  }
  pass(request, response, isWebSocket ? joined : undefined)
}

function refuse(response: ServerResponse, text: string): void {
  response.writeHead(400, { 'Content-Type': 'text/plain', Connection: 'close' }).end(`${text}\n`)
}

/** Tunnels may still begin on connections that are open; in the end all are cut. */
async function drain(server: Server, cutTunnels: () => void): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  cutTunnels()
  const late = setTimeout(() => {
    server.closeAllConnections()
    cutTunnels()
  }, GRACE)
  await closed
  clearTimeout(late)
}
