import type { Guard } from '../guard.js'
import { newId } from '../id.js'
import type { ClientOptions } from '../options.js'
import type { Consented } from './consent.js'
import type { CookieContent } from './cookie.js'
import { createJar } from './jar.js'
import { createSession } from './session.js'

/** Who events are counted as, and what must stay the same while that is so. */
export interface Identity extends CookieContent {
  /** By test, the branch that was reported in this session, with its version. */
  exposed: Record<string, string>
  /** Keeps all of it where that may be, or has it forgotten, as the user decided. */
  save(isReset?: boolean): void
  /** Somebody new, of whom nothing is known. */
  reset(): void
}

/** In a page from the cookie and the tab's session; elsewhere for as long as it is held. */
export function openIdentity(options: ClientOptions, guard: Guard, consent: Pick<Consented, 'state'>): Identity {
  const { user, exposed, cookie = {} } = options
  const { attempt } = guard
  const session = createSession(options, guard)
  const page = globalThis.document && createJar(cookie)
  let jar = user == null ? page : undefined
  const someone = (user = attempt(newId) ?? '') => ({ user, sticky: {}, exposed: {} })
  const identity: Identity = {
    ...someone(user ?? undefined),
    ...attempt(() => jar?.read()),
    save(isReset) {
      const { state } = consent
      if (state === 'granted') {
        attempt(() => jar?.write(identity, isReset))
        session.write(identity.user, identity.exposed)
      }
      if (state === 'denied') {
        attempt(() => jar?.remove())
        session.remove(identity.user)
      }
    },
    reset() {
      if (consent.state !== 'pending') session.remove(identity.user)
      jar = page
      Object.assign(identity, someone())
      identity.save(true)
    },
  }
  // The server's rendering may have told of some, and other pages of the session.
  const rendered = exposed?.user === identity.user && exposed.tests
  identity.exposed = { ...rendered, ...session.read(identity.user) }
  return identity
}
