import { parseInstant } from '@assay/query-api/instant'
import { TimeZone } from '@assay/query-api/time-zone'
import { InvalidArgumentError } from 'commander'

const FORMS = 'expected a time such as 2026-11-01T12:00:00Z, a date, which begins in UTC, or Unix milliseconds.'

export function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('expected a whole number.')
  return Number(text)
}

export function port(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError('expected a port from 0 to 65535.')
  return Number(text)
}

const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600 }

/** Milliseconds of a time such as 90s, 30m or 2h; a day at the most. */
export function span(text: string): number {
  const [, digits, unit] = /^(\d{1,5})([smh])$/.exec(text) ?? []
  const seconds = Number(digits) * (SECONDS[unit ?? ''] ?? Number.NaN)
  if (seconds >= 1 && seconds <= 86_400) return 1000 * seconds
  throw new InvalidArgumentError('expected a time from 1s to 24h, such as 30m.')
}

export function collect(value: string, before: string[] = []): string[] {
  return [...before, value]
}

/** Unix milliseconds of a time that has passed; a date is its start in UTC. */
export function instant(text: string): number {
  const time = parseInstant(text, new TimeZone('UTC'))
  if (time === null) throw new InvalidArgumentError(FORMS)
  if (time > Date.now()) throw new InvalidArgumentError('expected a time that has passed.')
  return time
}
