import type { Guard } from '../guard.js'
import { newId } from '../id.js'
import type { ClientOptions, Consent } from '../options.js'
import { type CookieContent, forgetCookie, readCookie, writeCookie } from './cookie.js'

/** Who events are counted as, and what must stay the same while that is so. */
export interface Identity extends CookieContent {
  /** By test, the branch that was reported in this session, with its version. */
  exposed: Record<string, string>
  /** Keeps all of it where that may be, or has it forgotten, as the user decided. */
  save(isReset?: boolean): void
  /** Somebody new, of whom nothing is known. */
  reset(): void
}

/** In a page from the cookie and the tab's session; elsewhere for as long as it is held. Storage may be denied. */
export function openIdentity(
  { user, app, exposed, cookie = {} }: ClientOptions,
  { attempt }: Guard,
  consent: () => Consent,
): Identity {
  const { document } = globalThis
  let usesCookie = user == null && document
  const known = usesCookie && attempt(() => readCookie(document.cookie, cookie.name))
  const session = attempt(() => document && sessionStorage)
  const someone = (user = attempt(newId) ?? '') => ({ user, sticky: {}, exposed: {} })
  const place = () => `assay.${app}.${identity.user}`
  const forget = () => attempt(() => session?.removeItem(place()))
  const textOf = (content: CookieContent) => writeCookie(content, location.protocol === 'https:', cookie)
  const saveCookie = (isWanted: boolean, isReset?: boolean) => {
    const { sticky } = identity
    const there = readCookie(document.cookie, cookie.name)
    const isOurs = there?.user === identity.user
    // Other tabs have their say, and may be another's by now.
    if (isOurs) Object.assign(sticky, there.sticky, { ...sticky })
    const isSame = isOurs && cookie.byServer && textOf(there) === textOf(identity)
    if (!isWanted) {
      if (there) document.cookie = forgetCookie(cookie)
    } else if ((isOurs && !isSame) || !there || isReset) {
      // One of before there was a domain would hide this one.
      if (cookie.domain) document.cookie = forgetCookie({ ...cookie, domain: '' })
      document.cookie = textOf(identity)
    }
  }
  const identity: Identity = {
    ...(known ? { ...known, exposed: {} } : someone(user ?? undefined)),
    save: (isReset) => {
      const state = consent()
      if (state === 'pending') return
      if (usesCookie) attempt(() => saveCookie(state === 'granted', isReset))
      if (state === 'granted') attempt(() => session?.setItem(place(), JSON.stringify(identity.exposed)))
      else forget()
    },
    reset() {
      if (consent() !== 'pending') forget()
      usesCookie = document
      Object.assign(identity, someone())
      identity.save(true)
    },
  }
  // The server's rendering may have told of some, and other pages of the session.
  identity.exposed = {
    ...(exposed?.user === identity.user && exposed.tests),
    ...attempt(() => readTold(session?.getItem(place()))),
  }
  return identity
}

/** What stands there may be anything. */
function readTold(text: string | null = null): Record<string, string> {
  const told = Object.entries(JSON.parse(text ?? '{}') ?? {})
  return Object.fromEntries(told.filter((pair): pair is [string, string] => typeof pair[1] === 'string'))
}
