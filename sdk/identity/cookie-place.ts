import type { CookieOptions } from '../options.js'
import { type CookieContent, forgetCookie, readCookie, writeCookie } from './cookie.js'
import type { Place } from './identity.js'

/** The cookie of a page, which other tabs and the server write as well. */
export function cookiePlace(options: CookieOptions): Place<CookieContent | null> {
  const { document } = globalThis
  const read = () => readCookie(document.cookie, options.name)
  const set = (text: string) => {
    document.cookie = text
  }
  const textOf = (content: CookieContent) => writeCookie(content, location.protocol === 'https:', options)
  return {
    read,
    write(identity, isReset) {
      const there = read()
      if (there?.user === identity.user) {
        // Other tabs have their say.
        Object.assign(identity.sticky, there.sticky, { ...identity.sticky })
        if (options.byServer && textOf(there) === textOf(identity)) return
      } else if (there && !isReset) return
      // One of before there was a domain would hide this one.
      if (options.domain) set(forgetCookie({ ...options, domain: '' }))
      set(textOf(identity))
    },
    remove: () => read() && set(forgetCookie(options)),
  }
}
