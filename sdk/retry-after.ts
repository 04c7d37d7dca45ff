import { DAY } from './limits.js'

/** Milliseconds for which `Retry-After` asks, in seconds or by a date (RFC 9110, section 10.2.3). */
export const waitOf = (after: string | null): number =>
  Math.max(0, Math.min(DAY, +after! * 1000 || Date.parse(after!) - Date.now() || 0))
