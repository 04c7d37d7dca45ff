import type { Attributes } from '../../core/condition.js'
import type { Client } from '../client.js'
import { createGuard } from '../guard.js'
import { newId } from '../id.js'
import { readCookie, writeCookie } from '../identity/cookie.js'
import { readForced } from '../identity/forced.js'
import { isPrivate } from '../identity/privacy.js'
import { unseen } from '../identity/shown.js'
import type { Consent } from '../options.js'
import type { Visitor } from '../visitor.js'
import { inline } from './inline.js'

/** What the app knows of who made a request. What throws here is reported, and counts as not known. */
export interface VisitOptions<Request> {
  /** For targeting. Pages that are bootstrapped show it to the user. */
  attributes?: (request: Request) => Attributes
  /** The id of a user who is known; others have an anonymous one in the cookie. */
  user?: (request: Request) => string | null | undefined
  /**
   * Unless it is granted there is no cookie, nothing is counted, and every branch is the control; nor where the client's own
   * `consent` is not.
   */
  consent?: (request: Request) => Consent
}

/** The user of one request. */
export interface RequestVisitor extends Visitor {
  /**
   * Options that let the page's client start with the same branches, and tell nothing again that was told by now, as JSON
   * for a script element: `<script type="application/json" id="assay">`.
   */
  bootstrap(): string
}

/** What is looked at of a request, whatever it came by. */
export interface Facts {
  header(name: string): string
  /** Of its address, from the question mark on. */
  query: string
  /** Whether the browser sent it by https. */
  isSecure: boolean
}

export interface Visit {
  visitor: RequestVisitor
  /** What the response must set, as far as is known by now. */
  cookie(): string | undefined
}

/** Finds out who made a request. Never throws. */
export function openVisit<R>(client: Client, request: R, asked: VisitOptions<R>, facts: Facts): Visit {
  const { options } = client
  const { attempt } = createGuard(options.onError)
  const { name } = options.cookie ?? {}
  const attributes = attempt(() => asked.attributes?.(request)) ?? {}
  const known = attempt(() => asked.user?.(request)) || undefined
  const consent = attempt(() => consentOf(client, request, asked, facts)) ?? 'pending'
  const isOut = consent !== 'granted'
  const usesCookie = !isOut && known === undefined
  const kept = usesCookie && attempt(() => readCookie(facts.header('cookie'), name))
  const content = kept || { user: known ?? attempt(newId) ?? '', sticky: {} }
  const before = kept && JSON.stringify(content)
  const forced = attempt(() => readForced(facts.query)) ?? {}
  const tests: Record<string, string> = {}
  const visitor = client.visitor({
    ...content,
    attributes,
    forced,
    exposed: tests,
    ...(isOut && { isOut: () => true }),
  })
  const isAhead = /\bpre(fetch|render)\b/.test(facts.header('sec-purpose') || facts.header('purpose'))
  return {
    visitor: {
      // The user may never see it: nothing is counted or told yet.
      ...(isAhead ? unseen(visitor, () => {}) : visitor),
      bootstrap() {
        const page = {
          ...{ config: client.config, user: known, attributes, exposed: { user: visitor.user, tests } },
          ...(isOut && { consent }),
          ...(consent === 'pending' && { controlWhilePending: true }),
        }
        return attempt(() => inline(page)) ?? '{}'
      },
    },
    cookie() {
      if (!usesCookie || !visitor.user || JSON.stringify(content) === before) return
      return attempt(() => writeCookie(content, facts.isSecure, options.cookie ?? {}))
    },
  }
}

function consentOf<R>({ options }: Client, request: R, { consent }: VisitOptions<R>, { header }: Facts): Consent {
  const signals = {
    doNotTrack: header('dnt'),
    globalPrivacyControl: header('sec-gpc') === '1',
    userAgent: header('user-agent'),
  }
  if (isPrivate(options, signals)) return 'denied'
  const decided = [options.consent ?? 'granted', consent ? consent(request) : 'granted']
  if (decided.includes('denied')) return 'denied'
  return decided.every((one) => one === 'granted') ? 'granted' : 'pending'
}
