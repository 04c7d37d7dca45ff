import type { Guard } from '../guard.js'
import { newId } from '../id.js'
import type { ClientOptions } from '../options.js'
import type { Consented } from './consent.js'
import type { CookieContent } from './cookie.js'
import { cookiePlace } from './cookie-place.js'
import { sessionPlace } from './session-place.js'

/** Who events are counted as, and what must stay the same while that is so. */
export interface Identity extends CookieContent {
  /** By test, the branch that was reported in this session, with its version. */
  exposed: Record<string, string>
  /** Keeps all of it where that may be, or has it forgotten, as the user decided. */
  save(isReset?: boolean): void
  /** Somebody new, of whom nothing is known. */
  reset(): void
}

/** Where a part of that is kept. Each of these may throw, for storage may be denied. */
export interface Place<Part> {
  read(user: string): Part
  /** `isReset` if this user takes the place of another. */
  write(identity: Identity, isReset?: boolean): void
  remove(identity: Identity): void
}

/** In a page from the cookie and the tab's session; elsewhere for as long as it is held. */
export function openIdentity(options: ClientOptions, { attempt }: Guard, consent: Pick<Consented, 'state'>): Identity {
  const { user, app, exposed, cookie = {} } = options
  const page = globalThis.document && cookiePlace(cookie)
  let jar = user == null ? page : undefined
  const session = attempt(() => page && sessionPlace(app, sessionStorage))
  const someone = (user = attempt(newId) ?? '') => ({ user, sticky: {}, exposed: {} })
  const forget = (place: Place<unknown> | undefined) => attempt(() => place?.remove(identity))
  const identity: Identity = {
    ...someone(user ?? undefined),
    ...attempt(() => jar?.read('')),
    save(isReset) {
      for (const place of [jar, session]) {
        if (consent.state === 'granted') attempt(() => place?.write(identity, isReset))
        if (consent.state === 'denied') forget(place)
      }
    },
    reset() {
      if (consent.state !== 'pending') forget(session)
      jar = page
      Object.assign(identity, someone())
      identity.save(true)
    },
  }
  // The server's rendering may have told of some, and other pages of the session.
  const rendered = exposed?.user === identity.user && exposed.tests
  identity.exposed = { ...rendered, ...attempt(() => session?.read(identity.user)) }
  return identity
}
