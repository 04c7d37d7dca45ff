/**
 * Whether two values have the same content, whatever classes made them: objects by their own keys, what has `toJSON` by
 * that, errors by name and message; keys of maps and items of sets that are objects by identity. What shows nothing of
 * itself, as an object whose fields are all private, is equal to itself alone.
 */
export function equal(one: unknown, other: unknown): boolean {
  return same(one, other, new Map())
}

/** `met`: which objects are taken for the same so far. */
function same(a: unknown, b: unknown, met: Map<object, object>): boolean {
  if (Object.is(a, b)) return true
  if (!isObject(a) || !isObject(b) || tag(a) !== tag(b)) return false
  if (isMet(a, b, met)) return true
  if (isError(a)) return sameErrors(a, b)
  if (a instanceof Map) return sameMaps(a, b as typeof a, met)
  if (a instanceof Set) return sameSets(a, b as typeof a)
  const bytes = bytesOf(a)
  if (bytes) return sameBytes(bytes, bytesOf(b)!)
  if (hasJson(a) && hasJson(b)) return same(a.toJSON(), b.toJSON(), met)
  return sameFields(a as Fields, b as Fields, met)
}

/**
 * Whether two objects are taken for the same already; else they are from now on, for whatever differs ends it all. So
 * cycles end, and there are no more comparisons than objects (sets joined by union and find: Hopcroft and Karp 1971).
 */
function isMet(a: object, b: object, met: Map<object, object>): boolean {
  const [one, other] = [rootOf(a, met), rootOf(b, met)]
  if (one !== other) met.set(other, one)
  return one === other
}

function rootOf(object: object, met: Map<object, object>): object {
  for (;;) {
    const above = met.get(object)
    if (!above) return object
    // Each look halves the way of the next one.
    met.set(object, met.get(above) ?? above)
    object = above
  }
}

type Fields = Record<string, unknown>

function sameFields(a: Fields, b: Fields, met: Map<object, object>): boolean {
  const keys = Object.keys(a)
  const shows = keys.length > 0 || Array.isArray(a) || (isPlain(a) && isPlain(b))
  return (
    shows &&
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key], met)) &&
    Object.is(a.length, b.length)
  )
}

function sameMaps(a: Map<unknown, unknown>, b: Map<unknown, unknown>, met: Map<object, object>): boolean {
  if (a.size !== b.size) return false
  for (const [key, value] of a) if (!b.has(key) || !same(value, b.get(key), met)) return false
  return true
}

function sameSets(a: Set<unknown>, b: Set<unknown>): boolean {
  if (a.size !== b.size) return false
  for (const item of a) if (!b.has(item)) return false
  return true
}

const sameBytes = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, i) => byte === b[i])

function bytesOf(o: object): Uint8Array | undefined {
  if (ArrayBuffer.isView(o)) return new Uint8Array(o.buffer, o.byteOffset, o.byteLength)
  return o instanceof ArrayBuffer ? new Uint8Array(o) : undefined
}

/** Whether two things thrown are of one name and message; what is no error is compared as a value. */
export function sameErrors(one: unknown, other: unknown): boolean {
  if (!(isError(one) && isError(other))) return equal(one, other)
  return errorName(one) === errorName(other) && one.message === other.message
}

/** The name it has, else that of its class. */
export const errorName = (error: Error): string =>
  error.name === 'Error' ? (error.constructor?.name ?? 'Error') : error.name

/** Also of what throws when it is looked at, as a revoked proxy. */
export function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error
  } catch {
    return false
  }
}

const isObject = (o: unknown): o is object => typeof o === 'object' && o !== null
const tag = (o: object) => Object.prototype.toString.call(o)
const hasJson = (o: object): o is { toJSON(): unknown } => typeof (o as { toJSON?: unknown }).toJSON === 'function'
const isPlain = (o: object) => [Object.prototype, null].includes(Object.getPrototypeOf(o))
