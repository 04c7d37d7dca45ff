const MAX_QUOTED = 60

/** A name the client sent, short enough for a message. */
export function quote(name: string): string {
  return JSON.stringify(name.length > MAX_QUOTED ? `${name.slice(0, MAX_QUOTED)}…` : name)
}

/** What a value is, without showing it: values may be secrets. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'string') return `a string of ${value.length} characters`
  if (typeof value === 'number' && !Number.isFinite(value)) return 'a number too large to hold'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
