import { type BareClient, surround } from './bare.js'
import { createDefinitions } from './definitions/definitions.js'
import { gzip } from './delivery/gzip.js'
import { createGuard } from './guard.js'
import { createConsented } from './identity/consent.js'
import { readForced } from './identity/forced.js'
import { openIdentity } from './identity/identity.js'
import { createPageUser, type PageUser } from './identity/page-user.js'
import type { ClientConfig, ClientOptions, Consent } from './options.js'
import { createVisitor, type Surroundings } from './visitor.js'

/** The user of a page; on a server, where users come by `visitor`, one that nobody is. */
export interface Client extends BareClient, PageUser {
  /** Resolves once the tests are known, or could not be had. */
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

/**
 * A client for pages, servers and workers: keeps an anonymous user in a cookie, fetches the tests and looks at them
 * again. It never throws, whatever it is given and wherever it runs.
 * @param isNew whether a fact is said for the first time, where other clients say theirs, too
 */
export function createClient(given: ClientOptions, isNew?: Surroundings['isNew']): Client {
  const options = { compress: gzip, ...given }
  const guard = createGuard(options.onError)
  const listeners = new Set<() => void>()
  const delivery = createConsented(options, guard)
  const around = surround({}, delivery.add)
  if (isNew) around.isNew = isNew
  const changed = () => {
    around.changes++
    for (const listener of listeners) guard.attempt(listener)
  }
  let config: ClientConfig | undefined
  const definitions = createDefinitions(options, guard, changed, (known) => {
    around.tests = known.tests
    config = known
    changed()
  })
  const identity = openIdentity(options, guard, () => delivery.state === 'granted')
  // Other pages of the session told of these.
  for (const [testId, label] of Object.entries(identity.exposed))
    around.isNew(identity.user + JSON.stringify({ [testId]: label }))
  const consent = (wanted: Consent) => {
    delivery.decide(wanted)
    identity.save()
    changed()
  }
  consent(options.consent ?? 'granted')
  const attributes = { ...options.attributes }
  const forced = guard.attempt(() => readForced(globalThis.location?.search)) ?? {}
  const isOut = () => delivery.state === 'denied'
  return {
    ...createVisitor({ ...identity, attributes, forced, isOut }, options, guard, around),
    visitor: (subject) => createVisitor({ isOut, ...subject }, options, guard, around),
    ready: definitions.ready,
    options,
    ...createPageUser(attributes, forced, changed),
    get config() {
      return config
    },
    get isStale() {
      return definitions.isStale
    },
    consent,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    flush: delivery.flush,
    close() {
      definitions.close()
      return delivery.close()
    },
  }
}
