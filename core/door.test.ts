import { expect, it } from 'vitest'
import { type DoorOptions, type Presented, requireKey } from './door.js'
import type { AssayError } from './errors.js'
import { KeyRing } from './key-ring.js'
import { createKeys, type KeyKind, type Keys } from './keys.js'

const [keys, web] = [createKeys(), createKeys()]
const all: Keys = { ...keys, apps: { web, game: createKeys() } }
const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

interface Asked {
  headers?: Presented
  query?: unknown
  params?: unknown
}

function outcome(allowed: KeyKind[], asked: Asked, options?: DoorOptions): string {
  try {
    const { kind, app } = requireKey(
      new KeyRing(all),
      allowed,
      options,
    )({ headers: {}, query: {}, params: {}, ...asked })
    return app === null ? kind : `${kind} of ${app}`
  } catch (error) {
    return (error as AssayError).code
  }
}

it.each<[string, KeyKind[], Presented, unknown, string]>([
  ['a write key writes', ['write'], bearer(keys.write), {}, 'write'],
  ['a read key reads', ['read'], bearer(keys.read), {}, 'read'],
  ['the admin key writes', ['write'], bearer(keys.admin), {}, 'admin'],
  ['the admin key administers', [], bearer(keys.admin), {}, 'admin'],
  ['either kind will do', ['read', 'write'], bearer(keys.write), {}, 'write'],
  ['the query carries a key', ['write'], {}, { key: keys.write }, 'write'],
  ['the header wins over the query', ['write'], bearer(keys.read), { key: keys.write }, 'key-forbidden'],
  ['the scheme is in any case', ['write'], { authorization: `bearer ${keys.write}` }, {}, 'write'],
  ['another scheme is no key', ['write'], { authorization: 'Basic eDp5' }, {}, 'key-missing'],
  ['no key', ['write'], {}, {}, 'key-missing'],
  ['an empty key', ['write'], {}, { key: '' }, 'key-missing'],
  ['two keys in the query', ['write'], {}, { key: [keys.write, keys.read] }, 'key-missing'],
  ['an unknown key of the right length', ['write'], bearer(keys.write.replace(/.$/, '!')), {}, 'key-invalid'],
  ['an unknown key', ['write'], bearer('x'), {}, 'key-invalid'],
  ['the name of what every object has', ['write'], bearer('constructor'), {}, 'key-invalid'],
  ['a key of a megabyte', ['write'], {}, { key: 'k'.repeat(1e6) }, 'key-invalid'],
  ['a read key does not write', ['write'], bearer(keys.read), {}, 'key-forbidden'],
  ['a write key does not read', ['read'], bearer(keys.write), {}, 'key-forbidden'],
  ['a write key does not administer', [], bearer(keys.write), {}, 'key-forbidden'],
])('%s', (_, allowed, headers, query, expected) => {
  expect(outcome(allowed, { headers, query })).toBe(expected)
})

it.each<[string, KeyKind[], string, object, string]>([
  ['reads its app', ['read'], web.read, { app: 'web' }, 'read of web'],
  ['writes to its app', ['write'], web.write, { app: 'web' }, 'write of web'],
  ['administers its app', [], web.admin, { app: 'web', testId: 't' }, 'admin of web'],
  ['does not read another', ['read'], web.read, { app: 'game' }, 'app-forbidden'],
  ['does not read one that is none', ['read'], web.read, { app: '__proto__' }, 'app-forbidden'],
  ['does not read one that differs in case', ['read'], web.read, { app: 'Web' }, 'app-forbidden'],
  ['does not administer another', [], web.admin, { app: 'game' }, 'app-forbidden'],
  ['does not read what is of all', ['read'], web.read, {}, 'app-forbidden'],
  ['does not administer what is of all', [], web.admin, {}, 'app-forbidden'],
  ['does not write where its kind may not', ['write'], web.read, { app: 'web' }, 'key-forbidden'],
  ['does not read where its kind may not', ['read'], web.write, { app: 'web' }, 'key-forbidden'],
])('the key of an app %s', (_, allowed, key, params, expected) => {
  expect(outcome(allowed, { headers: bearer(key), params })).toBe(expected)
})

it.each<[KeyKind[], Presented, string]>([
  [[], {}, 'This needs an admin key; no key came.'],
  [['read'], bearer(keys.write), 'This needs a read or an admin key; a write key came.'],
])('a refusal says which key is needed, and which came: %j', (allowed, headers, text) => {
  const ask = requireKey(new KeyRing(all), allowed)
  expect(() => ask({ headers, query: {}, params: {} })).toThrow(text)
})

it('a route that limits itself is told whose key came', () => {
  expect(outcome(['write'], { headers: bearer(web.write) }, { limitsItself: true })).toBe('write of web')
  expect(outcome(['write'], { headers: bearer(keys.write) }, { limitsItself: true })).toBe('write')
})

it('a route without an address keeps the key of an app out', () => {
  expect(outcome(['read'], { headers: bearer(web.read), params: undefined })).toBe('app-forbidden')
})

it('keys that are exchanged count from then on, and no others', () => {
  const ring = new KeyRing(all)
  const check = requireKey(ring, ['read'])
  const asked = { headers: bearer(web.read), query: {}, params: { app: 'web' } }
  expect(check(asked)).toEqual({ kind: 'read', app: 'web' })
  ring.exchange({ ...keys, apps: { game: web } })
  expect(() => check(asked)).toThrow('the key that came is for "game" alone')
  ring.exchange(keys)
  expect(() => check(asked)).toThrow('is not known')
})
