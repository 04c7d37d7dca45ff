import { clear } from '../clear.js'
import type { Guard } from '../guard.js'
import { newId } from '../id.js'
import type { ClientOptions } from '../options.js'
import type { Consented } from './consent.js'
import type { CookieContent } from './cookie.js'
import { createJar } from './jar.js'
import { createSession } from './session.js'
import { isUnseen } from './shown.js'

/** Who events are counted as, and what must stay the same while that is so. */
export interface Identity extends CookieContent {
  /** By test, the branch that was reported in this session, with its version. */
  exposed: Record<string, string>
  /**
   * Keeps all of it where that may be, or has it forgotten, as the user decided.
   * @param isDecision whether the user did so just now, and not before another page took the cookie away
   */
  save(isDecision?: boolean): void
  /** Somebody new, of whom nothing is known. */
  reset(): void
  /** Whoever it is by now, as other pages may have said. */
  look(): void
}

/** In a page from the cookie and the tab's session; elsewhere for as long as it is held. */
export function openIdentity(options: ClientOptions, guard: Guard, consent: Pick<Consented, 'state'>): Identity {
  const { user, exposed, cookie = {} } = options
  const { attempt } = guard
  const session = createSession(options, guard)
  const page = globalThis.document && createJar(cookie)
  let jar = user == null ? page : undefined
  /** Whether the former user is to be forgotten once somebody sees the page. */
  let isReset: boolean | undefined
  const forget = () => {
    attempt(() => jar?.remove())
    session.clear()
  }
  const someone = (user = attempt(newId) ?? '') => ({ user, sticky: {}, exposed: {} })
  const identity: Identity = {
    ...someone(user ?? undefined),
    save(isDecision) {
      const { state } = consent
      if (state === 'pending') return
      const isDenied = state === 'denied'
      if (isDenied || isReset) forget()
      isReset = false
      if (isDenied) return clear(identity.exposed)
      attempt(() => jar?.write(identity, isDecision))
      session.write(identity.user, identity.exposed)
    },
    reset() {
      jar = page
      isReset = isUnseen()
      if (!isReset) forget()
      Object.assign(identity, someone())
      identity.save(true)
    },
    look() {
      const there = isReset ? null : attempt(() => jar?.read())
      if (there && there.user !== identity.user) Object.assign(identity, there, { exposed: {} })
      Object.assign(identity.exposed, session.read(identity.user))
    },
  }
  identity.look()
  // The server's rendering may have told of some, too.
  if (exposed?.user === identity.user) identity.exposed = { ...exposed.tests, ...identity.exposed }
  return identity
}
