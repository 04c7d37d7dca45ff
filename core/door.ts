import { AssayError } from './errors.js'
import type { Grant, KeyRing } from './key-ring.js'
import { type KeyKind, withArticle } from './keys.js'

/** The headers a key may stand in. */
export interface Presented {
  authorization?: string | undefined
}

/** What the door looks at of a request; `params` are those of its address. */
export interface AtDoor {
  headers: Presented
  query: unknown
  params: unknown
}

export interface DoorOptions {
  /** The route gives the key of an app no more than that app's by itself: its address names none. */
  limitsItself?: boolean
}

/**
 * The door of routes that need a key of one of `allowed`; an admin key always will do. A key of one app passes where the
 * address names that app as `:app`, and nowhere else unless the route limits itself: one that forgets about apps is
 * closed to such keys. Nothing is looked up before, so that the answer does not tell which other apps there are.
 * @throws AssayError `key-missing`, `key-invalid`, `key-forbidden`, `app-forbidden`
 */
export function requireKey(
  ring: KeyRing,
  allowed: readonly KeyKind[],
  { limitsItself = false }: DoorOptions = {},
): (request: AtDoor) => Grant {
  const kinds: readonly KeyKind[] = [...allowed, 'admin']
  const needs = `This needs ${kinds.map(withArticle).join(' or ')} key`
  return ({ headers, query, params }) => {
    const presented = presentedKey(headers, query)
    if (presented === null) throw new AssayError('key-missing', `${needs}; no key came.`)
    const grant = ring.find(presented)
    if (grant === null) throw new AssayError('key-invalid', `${needs}; the key that came is not known.`)
    if (!kinds.includes(grant.kind))
      throw new AssayError('key-forbidden', `${needs}; ${withArticle(grant.kind)} key came.`)
    if (grant.app !== null && !limitsItself) requireApp(grant.app, params)
    return grant
  }
}

function requireApp(own: string, params: unknown): void {
  const { app } = (params ?? {}) as { app?: unknown }
  if (app === own) return
  const needs = app === undefined ? 'This is of all apps' : 'This is of another app'
  throw new AssayError('app-forbidden', `${needs}; the key that came is for ${JSON.stringify(own)} alone.`)
}

/** The query carries keys for sendBeacon, which cannot set headers. */
export function presentedKey(headers: Presented, query: unknown): string | null {
  const bearer = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]
  if (bearer !== undefined) return bearer
  const { key } = (query ?? {}) as { key?: unknown }
  return typeof key === 'string' && key !== '' ? key : null
}
