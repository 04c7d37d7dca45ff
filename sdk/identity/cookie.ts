import type { CookieOptions } from '../options.js'

/**
 * The `assay` cookie: `1.<id>`, and `|<test>:<branch>` for each branch that stays, both percent-encoded. Browsers,
 * servers and gates read and write the same.
 */
export interface CookieContent {
  user: string
  sticky: Record<string, string>
}

/** Branches that one cookie holds, and characters of them, as browsers refuse cookies of more than 4 KB; the oldest go. */
const MOST = 32
const ROOM = 3800
/** A year, in seconds. */
const MAX_AGE = 31_536_000

/** What a `Cookie` header says first that is well formed; null if nothing is. */
export function readCookie(header: string, name = 'assay'): CookieContent | null {
  const start = `${name}=1.`
  for (const pair of header.split(/; */)) {
    const [user, ...kept] = pair.startsWith(start) ? pair.slice(start.length).split('|') : []
    if (user && /^[\w-]{8,64}$/.test(user))
      return { user, sticky: Object.fromEntries(kept.map(pairOf).filter(([test, branch]) => test && branch)) }
  }
  return null
}

const pairOf = (text: string) => text.split(':').map(decode)
const quietly = (convert: (text: string) => string) => (text: string) => {
  try {
    return convert(text)
  } catch {
    return ''
  }
}
const decode = quietly(decodeURIComponent)
const encode = quietly(encodeURIComponent)

/** What `document.cookie` or a `Set-Cookie` header is set to. */
export function writeCookie({ user, sticky }: CookieContent, secure: boolean, options: CookieOptions): string {
  const kept = Object.entries(sticky)
    .slice(-MOST)
    .map((pair) => `|${pair.map(encode).join(':')}`)
  while (kept.join('').length > ROOM) kept.shift()
  return cookie(`1.${user}${kept.join('')}`, MAX_AGE, secure, options)
}

/** What it is set to so that there is none. */
export const forgetCookie = (options: CookieOptions): string => cookie('', 0, false, options)

const cookie = (value: string, maxAge: number, secure: boolean, { name = 'assay', domain }: CookieOptions) =>
  `${name}=${value}; Path=/; Max-Age=${maxAge}; SameSite=Lax${secure ? '; Secure' : ''}${domain ? `; Domain=${domain}` : ''}`
