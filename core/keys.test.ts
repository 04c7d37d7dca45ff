import { expect, it } from 'vitest'
import { AssayError } from './errors.js'
import { createKeys, parseKeys } from './keys.js'

const keys = createKeys()
const own = createKeys()
const withApps = (apps: unknown) => JSON.stringify({ ...keys, apps })

it('keys survive their file', () => {
  expect(parseKeys(JSON.stringify(keys))).toEqual(keys)
  expect([keys.write, keys.read, keys.admin].map((key) => key.slice(0, 3))).toEqual(['wk_', 'rk_', 'ak_'])
})

it.each([
  ['no app', {}],
  ['an app with one key', { web: { write: own.write } }],
  ['apps of any name', { 'Größe "7"': own, toString: { read: keys.read.replace('rk_', 'xk_') } }],
])('so do those of %s', (_, apps) => {
  expect(parseKeys(withApps(apps))).toEqual({ ...keys, apps })
})

it.each([
  ['no JSON', 'wk_secretsecretsecret'],
  ['a missing key', JSON.stringify({ write: keys.write, read: keys.read })],
  ['a short key', JSON.stringify({ ...keys, read: 'secret' })],
  ['one key twice', JSON.stringify({ ...keys, read: keys.write })],
  ['an unknown kind', JSON.stringify({ ...keys, root: keys.write })],
  ['apps that are none', withApps([own])],
  ['an app without keys', withApps({ web: {} })],
  ['an unknown kind of an app', withApps({ web: { root: own.write } })],
  ['a short key of an app', withApps({ web: { read: 'secret' } })],
  ['a key of an app that is of all', withApps({ web: { read: keys.read } })],
  ['a key of two apps', withApps({ web: own, game: { admin: own.admin } })],
  ['one key twice in an app', withApps({ web: { read: own.read, write: own.read } })],
  ['an app twice', withApps({ web: own }).replace('{"web"', `{"web":{"read":"${own.read}"},"web"`)],
  ['a kind twice', JSON.stringify(keys).replace('{', `{"read":"${own.read}",`)],
  ['__proto__ as an app', withApps({ p: own }).replace('"p"', '"__proto__"')],
  ['constructor as an app', withApps({ constructor: own })],
  ['a reserved name as an app', withApps({ $web: own })],
  ['a control character in an app', withApps({ 'we\u0000b': own })],
  ['an app of no name', withApps({ '': own })],
  ['an app of too long a name', withApps({ ['w'.repeat(129)]: own })],
  ['too many apps', withApps(Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`app${i}`, {}])))],
])('a file with %s is refused, and no key quoted', (_, json) => {
  expect(() => parseKeys(json)).toThrow(AssayError)
  expect(() => parseKeys(json)).not.toThrow(/secret|[wra]k_/)
})

it.each([
  [withApps({ web: { read: 'short' } }), 'apps: web: read: must be 16 to 256'],
  [withApps({ web: {} }), 'apps: web: must have at least one of write, read, admin'],
  [withApps({ $web: own }), 'apps: $web: must not start with $'],
  [withApps({ web: keys }), 'the keys must differ from one another'],
  [withApps({ web: own }).replace('{"web"', '{"web":{},"web"'), 'a name stands twice in one object'],
])('what is wrong is named', (json, words) => {
  expect(() => parseKeys(json)).toThrow(words)
})
