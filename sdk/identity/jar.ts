import type { CookieOptions } from '../options.js'
import { type CookieContent, forgetCookie, readCookie, writeCookie } from './cookie.js'

/** The cookie of a page, which other tabs and the server write as well. */
export interface Jar {
  read(): CookieContent | null
  /** Leaves another user's there, unless this one takes its place. */
  write(content: CookieContent, isReset?: boolean): void
  remove(): void
}

export function createJar(options: CookieOptions): Jar {
  const read = () => readCookie(document.cookie, options.name)
  const set = (text: string) => {
    document.cookie = text
  }
  const textOf = (content: CookieContent) => writeCookie(content, location.protocol === 'https:', options)
  return {
    read,
    write(content, isReset) {
      const there = read()
      if (there?.user === content.user) {
        // Other tabs have their say.
        Object.assign(content.sticky, there.sticky, { ...content.sticky })
        if (options.byServer && textOf(there) === textOf(content)) return
      } else if (there && !isReset) return
      // One of before there was a domain would hide this one.
      if (options.domain) set(forgetCookie({ ...options, domain: '' }))
      set(textOf(content))
    },
    remove() {
      if (read()) set(forgetCookie(options))
    },
  }
}
