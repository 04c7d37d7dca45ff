import type { Guard } from '../guard.js'
import { newId } from '../id.js'
import type { ClientOptions, Consent } from '../options.js'
import { type CookieContent, forgetCookie, readCookie, writeCookie } from './cookie.js'

/** Who events are counted as, and what must stay the same while that is so. */
export interface Identity extends CookieContent {
  /** By test, the branch that was reported in this session, with its version. */
  exposed: Record<string, string>
  /** Keeps all of it where that may be, or has it forgotten, as the user decided. */
  save(): void
  /** Somebody new, of whom nothing is known. */
  reset(): void
}

/** In a page from the cookie and the tab's session; elsewhere for as long as it is held. Storage may be denied. */
export function openIdentity(
  { user, app, cookie = {} }: ClientOptions,
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
  const identity: Identity = {
    ...(known ? { ...known, exposed: {} } : someone(user ?? undefined)),
    save() {
      const state = consent()
      if (state === 'denied') forget()
      attempt(() => {
        if (!usesCookie || state === 'pending') return
        if (state === 'granted') document.cookie = writeCookie(identity, location.protocol === 'https:', cookie)
        else if (readCookie(document.cookie, cookie.name)) document.cookie = forgetCookie(cookie)
      })
      if (state === 'granted') attempt(() => session?.setItem(place(), JSON.stringify(identity.exposed)))
    },
    reset() {
      if (consent() !== 'pending') forget()
      usesCookie = document
      Object.assign(identity, someone())
      identity.save()
    },
  }
  identity.exposed = attempt(() => readTold(session?.getItem(place()))) ?? {}
  return identity
}

/** What stands there may be anything. */
function readTold(text: string | null = null): Record<string, string> {
  const told = Object.entries(JSON.parse(text ?? '{}') ?? {})
  return Object.fromEntries(told.filter((pair): pair is [string, string] => typeof pair[1] === 'string'))
}
