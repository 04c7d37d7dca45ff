import { type BareClient, surround } from './bare.js'
import { openDefinitions } from './definitions/definitions.js'
import { createKnown } from './definitions/known.js'
import { gzip } from './delivery/gzip.js'
import { createGuard, type Guard } from './guard.js'
import { type Consented, createConsented } from './identity/consent.js'
import { openIdentity } from './identity/identity.js'
import { createPageUser, type PageUser } from './identity/page-user.js'
import { onShown } from './identity/shown.js'
import type { ClientConfig, ClientOptions, Consent } from './options.js'
import { createVisitor, type Surroundings } from './visitor.js'

/** The user of a page; on a server, where users come by `visitor`, one that nobody is. */
export interface Client extends BareClient, PageUser {
  /** Resolves once the tests are known, could not be had, or do not come in time. */
  readonly ready: Promise<void>
  /** What it was made with. */
  readonly options: ClientOptions
  /** The tests, once they are known. */
  readonly config: ClientConfig | undefined
  /** Whether the last look at the tests failed, so that they may be out of date. */
  readonly isStale: boolean
  /** What the user decided: `granted` stores and sends, also what waited; `denied` gives it up. */
  consent(consent: Consent): void
  /** Calls whenever answers, or `isStale`, may have changed. @returns what ends that */
  onChange(listener: () => void): () => void
}

/** Of options that cannot be made sense of: everybody has the fallback, and nothing is reported. */
const INERT = { user: 'nobody', config: { tests: {} }, refresh: 0, leaveOut: /^/ } as ClientOptions

/**
 * A client for pages, servers and workers: keeps an anonymous user in a cookie, fetches the tests and looks at them
 * again. It never throws, whatever it is given and wherever it runs.
 * @param isNew whether a fact is said for the first time, where other clients say theirs, too
 */
export function createClient(options: ClientOptions, isNew?: Surroundings['isNew']): Client {
  const guard = createGuard(options?.onError)
  return guard.attempt(() => open({ compress: gzip, ...options }, guard, isNew)) ?? open(INERT, guard)
}

function open(options: ClientOptions, guard: Guard, isNew?: Surroundings['isNew']): Client {
  const { attempt } = guard
  const listeners = new Set<() => void>()
  const changed = () => {
    around.tests = known.config?.tests ?? {}
    around.changes++
    for (const listener of listeners) attempt(listener)
  }
  const delivery = createConsented(options, guard)
  const around = surround({}, delivery.add)
  if (isNew) around.isNew = isNew
  delivery.decide(options.consent ?? 'granted')
  const known = createKnown(options, guard, delivery, changed)
  const identity = openIdentity(options, guard, delivery)
  const visitor = visitorsOf(options, guard, delivery, around)
  const page = createPageUser(options, guard, identity, visitor, changed)
  const settle = (isDecision?: boolean) => {
    // Of what was said before, nobody knows any more.
    if (delivery.state === 'denied') {
      page.forget()
      around.isNew = isNew ?? surround({}, delivery.add).isNew
    }
    identity.save(isDecision)
    // The server's rendering, or other pages of the session, told of these.
    for (const [testId, label] of Object.entries(identity.exposed))
      around.isNew(JSON.stringify([identity.user, { [testId]: label }]))
    known.save()
    changed()
  }
  settle(true)
  const end = onShown((isFirst) => {
    const told = page.look(isFirst)
    if (delivery.state === 'denied') return
    delivery.settle()
    settle(isFirst)
    for (const tell of told) tell(page.user)
  })
  const definitions = openDefinitions(options, guard, delivery, known)
  return {
    ...page.user,
    get user() {
      return page.user.user
    },
    get config() {
      return known.config
    },
    get isStale() {
      return known.isStale
    },
    visitor,
    options,
    consent(wanted) {
      attempt(() => delivery.decide(wanted))
      settle(true)
    },
    ready: definitions.ready,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    flush: delivery.flush,
    close() {
      end?.()
      definitions.close()
      return delivery.close()
    },
  }
}

/** Users who count, and are told of, as the user of the page decides. */
function visitorsOf(
  options: ClientOptions,
  guard: Guard,
  delivery: Consented,
  around: Surroundings,
): Client['visitor'] {
  const own: Partial<ClientOptions> = {
    targeting(condition) {
      throw Error(`targeting: give createClient matches, for a test has ${JSON.stringify(condition)}`)
    },
    ...options,
    onExposure: (exposure) => delivery.whenGranted(() => options.onExposure?.(exposure)),
  }
  const isOut = (tells?: boolean) =>
    delivery.state === 'denied' || (!tells && options.controlWhilePending && delivery.state === 'pending')
  return (subject) => createVisitor({ isOut, ...subject }, own as ClientOptions, guard, around)
}
