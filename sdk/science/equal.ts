/**
 * Whether two values have the same content, whatever classes made them: objects by their own keys, what has `toJSON` by
 * that, errors by name and message; keys of maps and items of sets that are objects by identity. What shows nothing of
 * itself, as an object whose fields are all private, is equal to itself alone.
 */
export function equal(one: unknown, other: unknown): boolean {
  return same(one, other, new Map())
}

/** `met`: pairs that are compared already, so that cycles end. */
function same(a: unknown, b: unknown, met: Map<object, Set<object>>): boolean {
  if (Object.is(a, b)) return true
  if (!isObject(a) || !isObject(b) || tag(a) !== tag(b)) return false
  const others = met.get(a) ?? new Set()
  if (others.has(b)) return true
  met.set(a, others.add(b))
  if (a instanceof Error) return sameErrors(a, b)
  if (a instanceof Map) return sameEntries(a, b as typeof a, met)
  if (a instanceof Set) return a.size === (b as typeof a).size && [...a].every((item) => (b as typeof a).has(item))
  if (hasJson(a) && hasJson(b)) return same(a.toJSON(), b.toJSON(), met)
  const [ours, theirs] = [a, b].map((o) => new Map<unknown, unknown>(Object.entries(o))) as [Entries, Entries]
  const shows = ours.size > 0 || Array.isArray(a) || (isPlain(a) && isPlain(b))
  return shows && sameEntries(ours, theirs, met) && Object.is((a as unknown[]).length, (b as unknown[]).length)
}

type Entries = Map<unknown, unknown>

const sameEntries = (a: Entries, b: Entries, met: Map<object, Set<object>>) =>
  a.size === b.size && [...a].every(([key, value]) => b.has(key) && same(value, b.get(key), met))

/** Whether two things thrown are of one name and message; what is no error is compared as a value. */
export function sameErrors(one: unknown, other: unknown): boolean {
  if (!(one instanceof Error && other instanceof Error)) return equal(one, other)
  return errorName(one) === errorName(other) && one.message === other.message
}

/** The name it has, else that of its class. */
export const errorName = (error: Error): string =>
  error.name === 'Error' ? (error.constructor?.name ?? 'Error') : error.name

const isObject = (o: unknown): o is object => typeof o === 'object' && o !== null
const tag = (o: object) => Object.prototype.toString.call(o)
const hasJson = (o: object): o is { toJSON(): unknown } => typeof (o as { toJSON?: unknown }).toJSON === 'function'
const isPlain = (o: object) => [Object.prototype, null].includes(Object.getPrototypeOf(o))
