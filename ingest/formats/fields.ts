import { AssayError } from '@assay/core/errors'
import { inheritedNames, limits, printable } from '@assay/core/event'
import { z } from 'zod'
import { describe } from '../describe.js'
import { Refusal } from '../validate.js'

/** A time as both formats write it, in Unix milliseconds. */
export const instant = z.iso
  .datetime({ offset: true, error: 'expected a time of RFC 3339, as 2026-01-31T12:00:00.000Z' })
  .transform((text) => Date.parse(text))

export type Fields = Record<string, unknown>

/** An object of any fields, none of which is looked at: there may be very many. */
export const fields = z
  .custom<Fields>((value) => isFields(value), 'expected an object')
  .meta({ type: 'object', additionalProperties: true })

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The refusal of an event that lacks a field, named as its sender would. */
export const missing = (place: string, expected: string) =>
  new Refusal('event-invalid', `${place}: expected ${expected}; nothing came.`)

/** What `?app=` says: the app of every event of a request. */
export function appOfQuery(query: unknown): string | undefined {
  const { app } = (query ?? {}) as { app?: unknown }
  if (app === undefined || app === '') return undefined
  if (typeof app === 'string') return app
  throw new AssayError('query-invalid', `app: expected one name; ${describe(app)} came.`)
}

export interface Fitted {
  props: Record<string, string | number | boolean>
  dropped: number
}

/** The first of these that are props an event can hold, as they are. The others count as dropped, but for null. */
export function fitProps(said: Fields): Fitted {
  const props: [string, string | number | boolean][] = []
  let dropped = 0
  for (const [name, value] of Object.entries(said)) {
    if (props.length < limits.props && isName(name) && isValue(value)) props.push([name, value])
    else if (value !== null && value !== undefined) dropped++
  }
  return { props: Object.fromEntries(props), dropped }
}

/** The fields that say something. */
export const given = (said: Fields): Fields =>
  Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null && value !== undefined))

export const countGiven = (said: Fields) => Object.keys(given(said)).length

function isName(name: string): boolean {
  const fits = name.length > 0 && name.length <= limits.nameLength
  return fits && !name.startsWith('$') && !inheritedNames.includes(name) && printable(name)
}

function isValue(value: unknown): value is string | number | boolean {
  if (typeof value === 'string') return value.length <= limits.propLength && value.isWellFormed()
  return typeof value === 'boolean' || Number.isFinite(value)
}
