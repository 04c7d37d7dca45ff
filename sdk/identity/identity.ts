import type { Guard } from '../guard.js'
import { newId } from '../id.js'
import type { ClientOptions } from '../options.js'
import { type CookieContent, readCookie, writeCookie } from './cookie.js'

/** Who events are counted as, and what must stay the same while that is so. */
export interface Identity extends CookieContent {
  /** By test, the branch that was reported in this session, with its version. */
  exposed: Record<string, string>
  /** Keeps all of it where that may be. */
  save(): void
}

/** In a page from the cookie and the tab's session; elsewhere for as long as it is held. Storage may be denied. */
export function openIdentity(
  { user, app, exposed, cookie = {} }: ClientOptions,
  { attempt }: Guard,
  mayKeep: () => boolean,
): Identity {
  const { document } = globalThis
  const usesCookie = document && user === undefined
  const known = usesCookie && attempt(() => readCookie(document.cookie, cookie.name))
  const { user: id, sticky } = known || { user: user ?? attempt(newId) ?? '', sticky: {} }
  const place = `assay.${app}.${id}`
  const session = attempt(() => document && sessionStorage)
  const identity: Identity = {
    user: id,
    sticky,
    exposed: {
      ...(exposed?.user === id && exposed.tests),
      ...attempt(() => JSON.parse(session?.getItem(place) ?? '{}')),
    },
    save() {
      if (!mayKeep()) return
      attempt(() => {
        if (usesCookie) document.cookie = writeCookie(identity, location.protocol === 'https:', cookie)
      })
      attempt(() => session?.setItem(place, JSON.stringify(identity.exposed)))
    },
  }
  return identity
}
