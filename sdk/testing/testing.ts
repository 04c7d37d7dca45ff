import { surround } from '../bare.js'
import { clear } from '../clear.js'
import type { Client } from '../client.js'
import { follow } from '../follow.js'
import { createGuard } from '../guard.js'
import { newId } from '../id.js'
import type { ClientOptions } from '../options.js'
import { createVisitor, type Subject } from '../visitor.js'
import { type FakeEvent, type FakeExposure, Journal } from './journal.js'
import { Shown } from './shown.js'

export type { FakeEvent, FakeExposure } from './journal.js'

/** What `createFakeClient` takes; nothing must be given. */
export interface FakeOptions extends Pick<ClientOptions, 'fallback' | 'consent' | 'onError'> {
  /** By test id, the branch that everybody has. In other tests it is the `fallback`, and nobody counts. */
  branches?: Readonly<Record<string, string>>
  /** Who the user of the page is: `ann`, unless it is given. */
  user?: string
}

/** A client for unit tests: what it is told is there at once, and goes nowhere. */
export interface FakeClient extends Client {
  /** What users tracked, reported and were identified by, in order. While consent is pending, it waits. */
  readonly events: FakeEvent[]
  /** Who counts in which test, in order: once for each user and branch. */
  readonly exposures: FakeExposure[]
  /** Everybody has these branches from now on, as if the tests had changed; those of other tests stay. */
  setBranches(branches: Readonly<Record<string, string>>): void
  /** Shows the user of the page a branch without counting, until it is null: of any name, in any test. */
  force(testId: string, branch: string | null): void
  /** The user of the page left, and whoever comes next is somebody new, with a random id. */
  reset(): void
}

/**
 * A client for unit tests, which shows the branches that it is given: no network, no timers, no cookie, no storage. Who
 * is assigned, counted and left out, and what an event says, is told by the code of `createClient`.
 */
export function createFakeClient(given: FakeOptions = {}): FakeClient {
  const { branches, user = 'ann', fallback = 'master', consent = 'granted', ...others } = given
  const options: ClientOptions = { url: '', key: '', app: 'test', user, fallback, consent, ...others }
  const guard = createGuard(options.onError)
  const journal = new Journal(consent)
  const shown = new Shown({ ...branches }, fallback)
  const around = surround(shown.tests, journal.add)
  const listeners = new Set<() => void>()
  const change = (work?: () => void) => {
    work?.()
    around.tests = shown.tests
    around.changes++
    for (const listener of listeners) guard.attempt(listener)
  }
  const visitor = (subject: Subject) => createVisitor({ isOut: journal.isOut, ...subject }, options, guard, around)
  const exposed = {}
  const enter = (user: string) => visitor({ ...shown.enter(user), exposed })
  let current = enter(user)
  return {
    ...follow(() => current),
    ...{ visitor, options, events: journal.events, exposures: journal.exposures },
    ...{ ready: Promise.resolve(), isStale: false, flush: async () => {}, close: async () => {} },
    get user() {
      return current.user
    },
    get config() {
      return { tests: around.tests }
    },
    consent: (wanted) =>
      change(() => {
        journal.decide(wanted)
        if (!journal.isOut()) return
        // Of what was said before, nobody knows any more.
        around.isNew = surround({}, journal.add).isNew
        clear(exposed)
      }),
    describe: () => change(),
    setBranches: (more) => change(() => Object.assign(shown.all, more)),
    force: (testId, branch) => change(() => shown.force(testId, branch)),
    reset: () =>
      change(() => {
        clear(exposed)
        current = enter(newId())
      }),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
