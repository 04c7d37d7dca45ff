import { type BareClient, surround } from './bare.js'
import { createDefinitions } from './definitions/definitions.js'
import { gzip } from './delivery/gzip.js'
import { createGuard, type Guard } from './guard.js'
import { createConsented } from './identity/consent.js'
import { readForced } from './identity/forced.js'
import { openIdentity } from './identity/identity.js'
import { clear, createPageUser, type PageUser } from './identity/page-user.js'
import { isUnseen, onShown, unseen } from './identity/shown.js'
import type { ClientConfig, ClientOptions, Consent } from './options.js'
import { createVisitor, type Subject, type Surroundings, type Visitor } from './visitor.js'

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
  /**
   * The user left, and whoever comes next is somebody new: an anonymous user of whom nothing is known. For the logout.
   */
  reset(): void
  /** Calls whenever answers, or `isStale`, may have changed. @returns what ends that */
  onChange(listener: () => void): () => void
}

/** Of options that cannot be made sense of: everybody has the fallback, and nothing is reported. */
const INERT = { url: '', key: '', app: '', user: 'nobody', config: { tests: {} }, refresh: 0, leaveOut: /^/ }

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
  const delivery = createConsented(options, guard)
  const around = surround({}, delivery.add)
  if (isNew) around.isNew = isNew
  const changed = () => {
    around.changes++
    for (const listener of listeners) attempt(listener)
  }
  const state = () => delivery.state
  delivery.decide(options.consent ?? 'granted')
  let config: ClientConfig | undefined
  const definitions = createDefinitions(options, guard, state, changed, (known) => {
    around.tests = known.tests
    config = known
    changed()
  })
  const identity = openIdentity(options, guard, delivery)
  const isDenied = () => delivery.state === 'denied'
  const isOut = (tells?: boolean) =>
    isDenied() || (!tells && options.controlWhilePending && delivery.state === 'pending')
  /** What was told of the user of a page that nobody has seen yet. */
  let later: ((visitor: Visitor) => void)[] = []
  const settle = (isDecision?: boolean) => {
    // Of what was said before, nobody knows any more.
    if (isDenied()) {
      later = []
      around.isNew = isNew ?? surround({}, delivery.add).isNew
    }
    identity.save(isDecision)
    // The server's rendering, or other pages of the session, told of these.
    for (const [testId, label] of Object.entries(identity.exposed))
      around.isNew(JSON.stringify([identity.user, { [testId]: label }]))
    definitions.save()
    changed()
  }
  const attributes = { ...options.attributes }
  const forced = attempt(() => readForced(globalThis.location?.search)) ?? {}
  const onExposure: ClientOptions['onExposure'] = (exposure) =>
    delivery.whenGranted(() => options.onExposure?.(exposure))
  const visitor = (subject: Subject) => createVisitor({ isOut, ...subject }, { ...options, onExposure }, guard, around)
  const enter = () => {
    later = []
    const user = visitor({ ...identity, attributes, forced })
    return isUnseen() ? unseen(user, (tell) => void later.push(tell)) : user
  }
  let current = enter()
  const leave = () => {
    for (const known of [attributes, forced]) clear(known)
  }
  settle(true)
  const end = onShown((isFirst) => {
    const { user } = identity
    identity.look()
    const isAnother = user !== identity.user
    const told = later
    if (isAnother && !isFirst) leave()
    if (isAnother || isFirst) current = enter()
    if (isDenied()) return
    delivery.settle()
    settle(isFirst)
    for (const tell of told) tell(current)
  })
  return {
    get user() {
      return current.user
    },
    assign: (testId) => current.assign(testId),
    peek: (testId) => current.peek(testId),
    explain: (testId) => current.explain(testId),
    track: (event, value, props) => current.track(event, value, props),
    report: (event, value, tests, props) => current.report(event, value, tests, props),
    identify: (known) => current.identify(known),
    visitor,
    ready: definitions.ready,
    options,
    ...createPageUser(attributes, forced, guard, changed),
    get config() {
      return config
    },
    get isStale() {
      return definitions.isStale
    },
    consent(wanted) {
      attempt(() => delivery.decide(wanted))
      settle(true)
    },
    reset() {
      identity.reset()
      leave()
      current = enter()
      changed()
    },
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
