import type { CookieOptions } from '../options.js'

/**
 * The `assay` cookie: `1.<id>`, and `|<test>:<branch>` for each branch that stays, both percent-encoded. Browsers,
 * servers and gates read and write the same.
 */
export interface CookieContent {
  user: string
  sticky: Record<string, string>
}

/** Branches that one cookie holds, and their characters: browsers refuse cookies of more than 4 KB. The oldest go. */
const MOST = 32
const LONGEST = 3800
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
const decode = (text: string) => {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

/** What `document.cookie` or a `Set-Cookie` header is set to. */
export function writeCookie(
  { user, sticky }: CookieContent,
  secure: boolean,
  { name = 'assay', domain }: CookieOptions,
): string {
  const kept = Object.entries(sticky)
    .slice(-MOST)
    .map((pair) => `|${pair.map(encodeURIComponent).join(':')}`)
  while (kept.join('').length > LONGEST) kept.shift()
  return `${name}=1.${user}${kept.join('')}; Path=/; Max-Age=${MAX_AGE}; SameSite=Lax${secure ? '; Secure' : ''}${domain ? `; Domain=${domain}` : ''}`
}
