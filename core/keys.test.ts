import { expect, it } from 'vitest'
import { AssayError } from './errors.js'
import { createKeys, type KeyKind, parseKeys, requireKey } from './keys.js'

const keys = createKeys()
const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

function outcome(allowed: KeyKind[], headers: { authorization?: string }, query: unknown = {}): string {
  try {
    return requireKey(keys, allowed)(headers, query)
  } catch (error) {
    return (error as AssayError).code
  }
}

it('keys survive their file', () => {
  expect(parseKeys(JSON.stringify(keys))).toEqual(keys)
  expect([keys.write, keys.read, keys.admin].map((key) => key.slice(0, 3))).toEqual(['wk_', 'rk_', 'ak_'])
})

it.each([
  ['no JSON', 'wk_secretsecretsecret'],
  ['a missing key', JSON.stringify({ write: keys.write, read: keys.read })],
  ['a short key', JSON.stringify({ ...keys, read: 'secret' })],
  ['one key twice', JSON.stringify({ ...keys, read: keys.write })],
  ['an unknown kind', JSON.stringify({ ...keys, root: keys.write })],
])('a file with %s is refused, and no key quoted', (_, json) => {
  expect(() => parseKeys(json)).toThrow(AssayError)
  expect(() => parseKeys(json)).not.toThrow(/secret|[wra]k_/)
})

it.each<[string, KeyKind[], { authorization?: string }, unknown, string]>([
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
  ['a read key does not write', ['write'], bearer(keys.read), {}, 'key-forbidden'],
  ['a write key does not read', ['read'], bearer(keys.write), {}, 'key-forbidden'],
  ['a write key does not administer', [], bearer(keys.write), {}, 'key-forbidden'],
])('%s', (_, allowed, headers, query, expected) => {
  expect(outcome(allowed, headers, query)).toBe(expected)
})
