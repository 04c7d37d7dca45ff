import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { readCookie, writeCookie } from '@assay/sdk'
import { type Answer, type Decisions, isUser } from '../decide/decisions.js'
import type { Counted } from '../report/reporter.js'

export interface Visit extends Answer {
  /** The id under which the user is counted; undefined of who asked not to be, and of an id that is none. */
  user: string | undefined
  /** What the response to the browser must set, if anything. */
  cookie: string | undefined
}

/**
 * Who made a request, and the branch: by the `assay` cookie as SDKs write it, or by the id of a user whom the proxy
 * knows, percent-encoded in `X-Assay-User`. Who asks not to be tracked has the control, as in the SDKs.
 */
export function visit(headers: IncomingHttpHeaders, decisions: Decisions, testId?: string): Visit {
  if (headers.dnt === '1' || headers['sec-gpc'] === '1')
    return visitOf(decisions.ofUser({ user: 'nobody', isOut: () => true }, testId), undefined, undefined)
  const known = headers['x-assay-user']
  if (!known) return visitByCookie(headers, decisions, testId)
  const user = decoded(`${known}`)
  return visitOf(decisions.ofUser({ user }, testId), isUser(user) ? user : undefined, undefined)
}

/** Field by field: of Node's servers one copy of an object by its dots costs as much as all else here. */
function visitOf(answer: Answer, user: Visit['user'], cookie: Visit['cookie']): Visit {
  const { testId, branch, isControl, reason, isKept } = answer
  return { testId, branch, isControl, reason, isKept, user, cookie }
}

function visitByCookie(headers: IncomingHttpHeaders, decisions: Decisions, testId?: string): Visit {
  const { cookie: sent = '' } = headers
  const kept = readCookie(sent)
  const content = kept ?? { user: randomUUID(), sticky: {} }
  // Whose cookie is damaged has the control until the new one comes back.
  const isOut = () => kept === null && /(^|; *)assay=/.test(sent)
  const { user, sticky } = content
  const answer = decisions.ofUser({ user, sticky, isOut }, testId)
  const isNews = answer.isKept && sticky[answer.testId!] !== answer.branch
  if (isNews) sticky[answer.testId!] = answer.branch
  // The proxy in front says what the browser used.
  const isSecure = /^https\b/.test(`${headers['x-forwarded-proto']}`)
  const cookie = kept && !isNews ? undefined : writeCookie(content, isSecure, {})
  return visitOf(answer, user, cookie)
}

/** In which branch of the test a visit counts, if in any. */
export function countedOf(visit: Visit, decisions: Decisions): Counted | undefined {
  const { user, testId } = visit
  const label = decisions.labelOf(visit)
  return user === undefined || testId === undefined || label === undefined ? undefined : { user, testId, label }
}

/** @returns nothing of what is not well encoded */
export function decoded(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

/** Visible ASCII without the sign of what is encoded. */
const PLAIN = /^[!-$&-~]+$/
const encoded = (name: string) => (PLAIN.test(name) ? name : encodeURIComponent(name))

/** What a proxy is told, as names and values in turn; names that no header takes are percent-encoded. */
export function headersOf({ branch, testId, user, cookie }: Visit): string[] {
  const headers = ['X-Assay-Branch', encoded(branch)]
  if (testId !== undefined) headers.push('X-Assay-Test', encoded(testId))
  if (user !== undefined) headers.push('X-Assay-User', encoded(user))
  if (cookie !== undefined) headers.push('Set-Cookie', cookie)
  return headers
}
