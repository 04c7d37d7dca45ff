import { timingSafeEqual } from 'node:crypto'
import { nanoid } from 'nanoid'
import { z } from 'zod'
import { AssayError } from './errors.js'

/**
 * What a key allows: a write key sends events and reads the config, a read key asks for results, the admin key does both
 * and the rest.
 */
export type KeyKind = 'write' | 'read' | 'admin'
export type Keys = Record<KeyKind, string>

const kinds: readonly KeyKind[] = ['write', 'read', 'admin']
const prefixes: Keys = { write: 'wk_', read: 'rk_', admin: 'ak_' }

const key = z.string().regex(/^[\x21-\x7e]{16,256}$/, 'must be 16 to 256 printable ASCII characters without spaces')
const keysFile = z
  .strictObject({ write: key, read: key, admin: key })
  .refine((k) => new Set(Object.values(k)).size === kinds.length, 'the keys must differ from one another')

export function createKeys(): Keys {
  const fresh = (kind: KeyKind) => prefixes[kind] + nanoid(32)
  return { write: fresh('write'), read: fresh('read'), admin: fresh('admin') }
}

/** The keys in the text of a keys file. Messages name the field and never what it holds. */
export function parseKeys(json: string): Keys {
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch {
    throw invalid('the file is not JSON')
  }
  const result = keysFile.safeParse(parsed)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw invalid([...(issue?.path ?? []), issue?.message].join(': '))
}

function invalid(why: string): AssayError {
  return new AssayError('config-invalid', `keys: expected {"write", "read", "admin"}, each a key; ${why}.`)
}

/** The headers a key may stand in. */
export interface Presented {
  authorization?: string | undefined
}

/** A check for routes that need one of `allowed`; the admin key always passes. Gives the kind of the key presented. */
export function requireKey<Kind extends KeyKind>(
  keys: Keys,
  allowed: readonly Kind[],
): (headers: Presented, query: unknown) => Kind | 'admin' {
  const secrets = kinds.map((kind) => ({ kind, bytes: Buffer.from(keys[kind]) }))
  const passes = (kind: KeyKind): kind is Kind | 'admin' => kind === 'admin' || allowed.some((a) => a === kind)
  return (headers, query) => {
    const presented = presentedKey(headers, query)
    if (presented === null) throw new AssayError('key-missing', `This needs ${aKey(allowed)}; no key came.`)
    const kind = keyKind(secrets, presented)
    if (kind === null)
      throw new AssayError('key-invalid', `This needs ${aKey(allowed)}; the key that came is not known.`)
    if (!passes(kind)) throw new AssayError('key-forbidden', `This needs ${aKey(allowed)}; a ${kind} key came.`)
    return kind
  }
}

const aKey = (allowed: readonly KeyKind[]) => `a ${[...allowed, 'admin'].join(' or ')} key`

/** The query carries keys for sendBeacon, which cannot set headers. */
export function presentedKey(headers: Presented, query: unknown): string | null {
  const bearer = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]
  if (bearer !== undefined) return bearer
  const { key } = (query ?? {}) as { key?: unknown }
  return typeof key === 'string' && key !== '' ? key : null
}

/** Compares with every key in constant time; only the lengths, which are no secret, show. */
function keyKind(secrets: { kind: KeyKind; bytes: Buffer }[], presented: string): KeyKind | null {
  const given = Buffer.from(presented)
  let found: KeyKind | null = null
  for (const { kind, bytes } of secrets) {
    if (bytes.length === given.length && timingSafeEqual(bytes, given)) found = kind
  }
  return found
}
