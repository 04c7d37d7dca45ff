import type { Attributes } from '../../core/condition.js'
import type { Props } from '../visitor.js'

type Scalar = string | number | boolean

/** What targeting can look at: scalars, lists of them, and times as ISO 8601; structures are left out. */
export function attributesOf({ targetingKey: _, ...context }: Readonly<Record<string, unknown>>): Attributes {
  return known(context, (value) =>
    Array.isArray(value) ? value.map(scalar).filter((item) => item !== undefined) : scalar(value),
  )
}

/** The details of a tracking event that are scalars or times, without its value. */
export function propsOf({ value: _, ...details }: Readonly<Record<string, unknown>>): Props {
  return known(details, scalar)
}

/** Anything but a finite number is none. */
export const valueIn = ({ value }: { value?: number }): number | undefined =>
  Number.isFinite(value) ? value : undefined

function scalar(value: unknown): Scalar | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString()
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  return typeof value === 'string' || typeof value === 'boolean' ? value : undefined
}

function known<T>(fields: object, convert: (value: unknown) => T | undefined): Record<string, T> {
  const entries = Object.entries(fields).map(([name, value]) => [name, convert(value)] as const)
  return Object.fromEntries(entries.filter((entry): entry is [string, T] => entry[1] !== undefined))
}
