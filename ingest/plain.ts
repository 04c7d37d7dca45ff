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
const SPECIAL = /["\\\u0000-\u001f\u007f\ud800-\udfff]/
const VERSIONED = /^[^@]+@\d{1,9}$/
const DOLLAR = 36

export function isPlainEvent(event: unknown): event is PlainEvent {
  if (typeof event !== 'object' || event === null) return false
  for (const field in event) {
    if (!isPlainField(field, (event as Record<string, unknown>)[field])) return false
  }
  const { app, user, event: name } = event as Partial<PlainEvent>
  return app !== undefined && user !== undefined && name !== undefined
}

function isPlainField(field: string, value: unknown): boolean {
  switch (field) {
    case 'app':
      return isName(value)
    case 'id':
      return isText(value, limits.nameLength)
    case 'user':
      return isText(value, limits.userLength)
    case 'event':
      return isName(value) || reservedEvents.includes(value as (typeof reservedEvents)[number])
    case 'value':
      return isNumber(value, -limits.valueMagnitude, limits.valueMagnitude)
    case 'time':
      return isNumber(value, 0, 8.64e15)
    case 'tests':
      return isRecord(value, limits.testsPerEvent, isBranch)
    case 'props':
      return isRecord(value, limits.props, isProp)
    default:
      return false
  }
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
