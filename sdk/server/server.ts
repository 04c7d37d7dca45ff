import type { Client } from '../client.js'
import { createGuard } from '../guard.js'
import { type OutgoingResponse, setBeforeHeaders } from './before-headers.js'
import { requestWith, responseWith } from './fetch-cookie.js'
import { once } from './once.js'
import { type Facts, openVisit, type RequestVisitor, type VisitOptions } from './visit.js'

export { type PerRequestOptions, perRequest, type RequestContext } from './per-request.js'
export type { RequestVisitor, VisitOptions } from './visit.js'

/** What is needed of Node's `IncomingMessage`. */
export interface IncomingRequest {
  /** By their names in lower case. */
  headers: IncomingHeaders
  /** Path and query: branches that are asked for stand there. */
  url?: string | undefined
  /** One of TLS, which has `encrypted`, makes the cookie secure. */
  socket?: object
}

/** What is needed of Node's `IncomingHttpHeaders`. */
export type IncomingHeaders = Readonly<Record<string, string | string[] | undefined>>

/** What `visit` and `visitFetch` take. */
export interface ServerOptions<Request> extends VisitOptions<Request> {
  /** Whether `X-Forwarded-Proto` is believed, as it may be behind a proxy that sets it. */
  trustProxy?: boolean
}

/**
 * The visitor of a request by Node's `(req, res)`; the cookie goes out with the response's headers. Asked
 * again, it gives the same. Never throws.
 */
export function visit<R extends IncomingRequest>(
  client: Client,
  request: R,
  response: OutgoingResponse,
  options: ServerOptions<R> = {},
): RequestVisitor {
  return once(client, request, () => {
    const { headers, url, socket } = request
    const isSecure =
      (socket !== undefined && 'encrypted' in socket) || isForwarded(options, headers['x-forwarded-proto'])
    return visitBy(client, request, response, options, nodeFacts(headers, url, isSecure))
  })
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

/** The visitor of a fetch handler's request, as of workers; asked again, the same. Never throws. */
export function visitFetch(client: Client, request: Request, options: ServerOptions<Request> = {}): FetchVisit {
  return once(client, request, () => openFetch(client, request, options))
}

function openFetch(client: Client, request: Request, options: ServerOptions<Request>): FetchVisit {
  const { attempt } = createGuard(client.options.onError)
  const { url, headers } = request
  const isSecure = url.startsWith('https:') || isForwarded(options, headers.get('x-forwarded-proto') ?? '')
  const header = (name: string) => headers.get(name) ?? ''
  const { visitor, cookie } = openVisit(client, request, options, { header, query: queryOf(url), isSecure })
  return {
    visitor,
    forward: () =>
      attempt(() => {
        const wanted = cookie()
        return wanted && requestWith(request, wanted)
      }) || request,
    respond: (response) =>
      attempt(() => {
        const wanted = cookie()
        return wanted && responseWith(response, wanted)
      }) || response,
  }
}

/** What `visitFetch` gives. */
export interface FetchVisit {
  /** The user, of whom it is asked which branch to show. */
  visitor: RequestVisitor
  /** The request for an app behind, with the cookie that is about to be set: to that it shall be the same user. */
  forward(): Request
  /** The response with the cookie beside those of its own, unless it sets one of that name itself. Ask when all is assigned. */
  respond<R extends Response>(response: R): R | Response
}

/** What is looked at of a request by Node's headers, and its path with the query. */
export function nodeFacts(headers: IncomingHeaders, url = '', isSecure: boolean): Facts {
  return { header: (name) => `${headers[name] ?? ''}`, query: queryOf(url), isSecure }
}

const queryOf = (url: string) => (url.includes('?') ? url.slice(url.indexOf('?')) : '')

/** The first proxy says what the browser used. */
const isForwarded = ({ trustProxy = false }: ServerOptions<never>, protocol: string | string[] = '') =>
  trustProxy && /^https\b/.test(`${protocol}`)
