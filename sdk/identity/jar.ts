import type { CookieOptions } from '../options.js'
import { type CookieContent, forgetCookie, readCookie, writeCookie } from './cookie.js'

/** The cookie of a page, which other tabs and the server write as well. */
export interface Jar {
  read(): CookieContent | null
  /** Leaves another user's there; and none where it was taken away, unless it may be new. */
  write(content: CookieContent, isNew?: boolean): void
  remove(): void
}

export function createJar(options: CookieOptions): Jar {
  const textOf = (content: CookieContent) => writeCookie(content, location.protocol === 'https:', options)
  const read = () => readCookie(document.cookie, options.name)
  const put = (text: string) => {
    // biome-ignore lint/suspicious/noDocumentCookie: another page must find it at once, in every browser
    document.cookie = text
  }
  const set = (text: string) => {
    // One of before there was a domain would hide the other one.
    if (options.domain) put(forgetCookie({ ...options, domain: '' }))
    put(text)
  }
  return {
    read,
    write(content, isNew) {
      const there = read()
      if (there?.user === content.user) {
        // Other tabs have their say.
        Object.assign(content.sticky, there.sticky, { ...content.sticky })
        if (options.byServer && textOf(there) === textOf(content)) return
      } else if (there || !isNew) return
      set(textOf(content))
    },
    remove() {
      if (read()) set(forgetCookie(options))
    },
  }
}
