import { DAY } from './limits.js'

/** Milliseconds for which a server asks, in seconds or by a date (RFC 9110, section 10.2.3). */
export const waitOf = ({ headers }: Response): number => {
  const after = headers.get('retry-after')!
  return Math.min(DAY, +after * 1000 || Date.parse(after) - Date.now() || 0)
}
