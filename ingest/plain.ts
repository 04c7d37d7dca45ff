import { inheritedNames, limits, reservedEvents } from '@assay/core/event'

/**
 * An event in the spelling nearly all come in: nothing to merge, and every string can stand between quotes in JSON as
 * it is. The predicate only saves time: what it lets pass, the schema lets pass; what it refuses, the schema decides.
 */
export interface PlainEvent {
  id?: string
  app: string
  user: string
  event: string
  value?: number
  time?: number
  tests?: Record<string, string>
  props?: Record<string, string | number | boolean>
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const SPECIAL = /["\\\u0000-\u001f\u007f-\u009f\ud800-\udfff]/
const VERSIONED = /^[^@]+@\d{1,9}$/
const DOLLAR = 36

export function isPlainEvent(raw: unknown): raw is PlainEvent {
  if (typeof raw !== 'object' || raw === null) return false
  const { id, app, user, event, value, time, tests, props } = raw as Partial<PlainEvent>
  if (!isName(app) || !isText(user, limits.userLength) || !isEventName(event)) return false
  if (id !== undefined && !isText(id, limits.nameLength)) return false
  if (value !== undefined && !isNumber(value, -limits.valueMagnitude, limits.valueMagnitude)) return false
  if (time !== undefined && !isNumber(time, 0, 8.64e15)) return false
  if (tests !== undefined && !isRecord(tests, limits.testsPerEvent, isBranch)) return false
  if (props !== undefined && !isRecord(props, limits.props, isProp)) return false
  return countFields(raw) === 3 + given(id) + given(value) + given(time) + given(tests) + given(props)
}

const given = (field: unknown) => (field === undefined ? 0 : 1)

/** Any field beyond the known ones shows in the count, which is cheaper than a look at each name. */
function countFields(raw: object): number {
  let count = 0
  for (const _ in raw) count++
  return count
}

function isEventName(value: unknown): boolean {
  return isName(value) || reservedEvents.some((name) => name === value)
}

function isText(value: unknown, max: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= max && !SPECIAL.test(value)
}

function isName(value: unknown): value is string {
  return isText(value, limits.nameLength) && value.charCodeAt(0) !== DOLLAR
}

function isNumber(value: unknown, min: number, max: number): boolean {
  return typeof value === 'number' && value >= min && value <= max
}

function isBranch(value: unknown): boolean {
  return isName(value) && (!value.includes('@') || VERSIONED.test(value))
}

function isProp(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= limits.propLength && !SPECIAL.test(value)
  return typeof value === 'boolean' || Number.isFinite(value)
}

function isRecord(record: unknown, max: number, isValue: (value: unknown) => boolean): boolean {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return false
  let count = 0
  for (const key in record) {
    if (++count > max || !isName(key) || inheritedNames.includes(key)) return false
    if (!isValue((record as Record<string, unknown>)[key])) return false
  }
  return true
}
