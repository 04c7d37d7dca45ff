import type { IncomingMessage } from 'node:http'
import type { Pool } from 'undici'
import type { Decisions } from '../decide/decisions.js'
import { countedOf, headersOf, type Visit, visit } from '../http/visit.js'
import type { Counted } from '../report/reporter.js'
import { cookieWithout, requestHeaders } from './headers.js'
import { OVERRIDE, overrideOf } from './override.js'
import type { Upstreams } from './upstreams.js'

/** Where a request goes, and as what. */
export interface Choice {
  upstream: Pool
  visited: Visit
  /** For the upstream, names and values in turn. */
  headers: string[]
  /** Whose events these are; undefined of who asked not to be counted, and of testers. */
  user: string | undefined
  /** In which branch of the test the user counts, if in any. */
  counted: Counted | undefined
}

export interface Choosing {
  decisions: Decisions
  test: string | undefined
  upstreams: Upstreams
  /** What testers know. */
  override?: string | undefined
  /** Whether `X-Assay-User` comes from a proxy in front, and not from the browser. */
  trustUser?: boolean | undefined
  /** The same of `X-Forwarded-For`, `-Proto` and `-Host`. */
  trustForwarded?: boolean | undefined
}

/** The choice of a request. What is unknown in any way goes to the control. Never throws. */
export function choose(request: IncomingMessage, by: Choosing): Choice {
  const { decisions, upstreams } = by
  const known = { ...request.headers }
  if (!by.trustUser) delete known['x-assay-user']
  if (!by.trustForwarded) delete known['x-forwarded-proto']
  const visited = visit(known, decisions, by.test)
  const wanted = overrideOf(request.headers, by.override)
  const asked = wanted === undefined ? visited : { ...visited, branch: wanted, isControl: false, cookie: undefined }
  const upstream = asked.isControl ? upstreams.control : upstreams.of(asked.branch)
  const isTester = wanted !== undefined
  const user = isTester ? undefined : visited.user
  if (upstream === undefined) return toControl(request, by, { visited: asked, user })
  return {
    ...{ upstream, visited: asked, user, headers: headersFor(asked, request, by) },
    counted: isTester ? undefined : countedOf(asked, decisions),
  }
}

/** The same request as the control gets it: who sees that in place of another branch counts in none. */
export function toControl(
  request: IncomingMessage,
  by: Choosing,
  { visited: before, user }: Pick<Choice, 'visited' | 'user'>,
): Choice {
  const visited = { ...before, branch: by.decisions.control(before.testId), isControl: true }
  const headers = headersFor(visited, request, by)
  return { upstream: by.upstreams.control, visited, user, headers, counted: undefined }
}

function headersFor({ cookie, ...visited }: Visit, request: IncomingMessage, by: Choosing): string[] {
  // An app that knows the user by the cookie must not make another one at the first visit.
  const pair = cookie?.slice(0, cookie.indexOf(';'))
  const own = pair === undefined ? [OVERRIDE] : [OVERRIDE, 'assay']
  const sent = own.reduce((header, name) => cookieWithout(header, name), request.headers.cookie ?? '')
  return requestHeaders(request, {
    headers: headersOf({ ...visited, cookie: undefined }),
    cookie: [sent, pair].filter(Boolean).join('; '),
    trustForwarded: by.trustForwarded ?? false,
  })
}
