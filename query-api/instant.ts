import { z } from 'zod'
import type { TimeZone } from './time-zone.js'

/** The last second the store's times can hold, in 2106. */
export const LAST_INSTANT = 4_294_967_295_000

export const INSTANT_FORMS = '2026-03-29T00:00:00Z (write the + of an offset as %2B), 2026-03-29, or Unix milliseconds'

/** Unix milliseconds of an ISO 8601 instant, of a date's start in `zone`, or of Unix milliseconds; null for other text. */
export function parseInstant(text: string, zone: TimeZone): number | null {
  const instant = read(text, zone)
  return instant !== null && instant >= 0 && instant <= LAST_INSTANT ? instant : null
}

function read(text: string, zone: TimeZone): number | null {
  if (/^\d{1,13}$/.test(text)) return Number(text)
  if (z.iso.date().safeParse(text).success) return zone.firstInstantAt(Date.parse(text))
  return z.iso.datetime({ offset: true }).safeParse(text).success ? Date.parse(text) : null
}
