import type { Client } from '../client.js'
import { createGuard } from '../guard.js'
import { type OutgoingResponse, setBeforeHeaders } from './before-headers.js'
import { type Facts, openVisit, type RequestVisitor, type VisitOptions } from './visit.js'

export type { RequestVisitor, VisitOptions } from './visit.js'

/** What is needed of Node's `IncomingMessage`. */
export interface IncomingRequest {
  headers: IncomingHeaders
  url?: string | undefined
  socket?: object
}

export type IncomingHeaders = Readonly<Record<string, string | string[] | undefined>>

export interface ServerOptions<Request> extends VisitOptions<Request> {
  /** Whether `X-Forwarded-Proto` is believed, as it may be behind a proxy that sets it. */
  trustProxy?: boolean
}

/** The visitor of a request by Node's `(req, res)`; the cookie goes out with the response's headers. Never throws. */
export function visit<R extends IncomingRequest>(
  client: Client,
  request: R,
  response: OutgoingResponse,
  options: ServerOptions<R> = {},
): RequestVisitor {
  const { headers, url, socket } = request
  const isSecure = (socket !== undefined && 'encrypted' in socket) || isForwarded(options, headers['x-forwarded-proto'])
  return visitBy(client, request, response, options, nodeFacts(headers, url, isSecure))
}

/** The same for what is known of a request already. */
export function visitBy<R>(
  client: Client,
  request: R,
  response: OutgoingResponse,
  options: VisitOptions<R>,
  facts: Facts,
): RequestVisitor {
  const { attempt } = createGuard(client.options.onError)
  const { visitor, cookie } = openVisit(client, request, options, facts)
  attempt(() => setBeforeHeaders(response, cookie, attempt))
  return visitor
}

/** The visitor of a fetch handler's request, as of workers; `headers` gives what the response must set by then. */
export function visitFetch(
  client: Client,
  request: Request,
  options: ServerOptions<Request> = {},
): { visitor: RequestVisitor; headers(): Record<string, string> } {
  const { url, headers } = request
  const isSecure = url.startsWith('https:') || isForwarded(options, headers.get('x-forwarded-proto') ?? '')
  const header = (name: string) => headers.get(name) ?? ''
  const { visitor, cookie } = openVisit(client, request, options, { header, query: queryOf(url), isSecure })
  return {
    visitor,
    headers() {
      const wanted = cookie()
      return wanted ? { 'set-cookie': wanted } : {}
    },
  }
}

export function nodeFacts(headers: IncomingHeaders, url = '', isSecure: boolean): Facts {
  return { header: (name) => `${headers[name] ?? ''}`, query: queryOf(url), isSecure }
}

const queryOf = (url: string) => (url.includes('?') ? url.slice(url.indexOf('?')) : '')

/** The first proxy says what the browser used. */
const isForwarded = ({ trustProxy = false }: ServerOptions<never>, protocol: string | string[] = '') =>
  trustProxy && /^https\b/.test(`${protocol}`)
