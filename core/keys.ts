import { nanoid } from 'nanoid'
import { z } from 'zod'
import { definedName } from './control/record.js'
import { AssayError } from './errors.js'
import { keyed, limits } from './event.js'

/**
 * What a key allows: a write key sends events and reads the config, a read key asks for results, the admin key does both
 * and the rest.
 */
export type KeyKind = 'write' | 'read' | 'admin'
export const keyKinds: readonly KeyKind[] = ['write', 'read', 'admin']

/** As texts name it: `a write`, `an admin`. */
export const withArticle = (kind: KeyKind): string => `${kind === 'admin' ? 'an' : 'a'} ${kind}`

const prefixes: Record<KeyKind, string> = { write: 'wk_', read: 'rk_', admin: 'ak_' }
export const MAX_KEY = 256

const key = z
  .string()
  .regex(new RegExp(`^[\\x21-\\x7e]{16,${MAX_KEY}}$`), 'must be 16 to 256 printable ASCII characters without spaces')
const oneOfEach = z.strictObject({ write: key, read: key, admin: key })
const appKeys = oneOfEach
  .partial()
  .refine((own) => Object.keys(own).length > 0, 'must have at least one of write, read, admin')
const fields = oneOfEach.extend({ apps: keyed(limits.apps, 'apps', appKeys, definedName).optional() })
const keysFile = fields.refine((keys) => allDiffer(keys), 'the keys must differ from one another')

/** A key of one app does for that app what the key of all apps does for each, and nothing for any other. */
export type AppKeys = z.infer<typeof appKeys>
/** The keys of all apps, and those of apps that have their own. */
export type Keys = z.infer<typeof fields>

export const createKey = (kind: KeyKind): string => prefixes[kind] + nanoid(32)

export function createKeys(): Record<KeyKind, string> {
  return { write: createKey('write'), read: createKey('read'), admin: createKey('admin') }
}

/** Each key with what it is for: an app, or null for all of them. */
export function* eachKey(keys: Keys): Generator<{ app: string | null; kind: KeyKind; key: string }> {
  const { apps = {}, ...all } = keys
  for (const [app, own] of [[null, all] as const, ...Object.entries(apps)]) {
    for (const kind of keyKinds) if (own[kind] !== undefined) yield { app, kind, key: own[kind] }
  }
}

function allDiffer(keys: Keys): boolean {
  const all = [...eachKey(keys)].map(({ key }) => key)
  return new Set(all).size === all.length
}

/** The keys in the text of a keys file. Messages name the field and never what it holds. @throws AssayError `config-invalid` */
export function parseKeys(json: string): Keys {
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch {
    throw invalid('the file is not JSON')
  }
  // The last of them would count, and who has the others would be told that their keys are not known.
  if (countTexts(json) !== countTexts(JSON.stringify(parsed))) throw invalid('a name stands twice in one object')
  const result = keysFile.safeParse(parsed)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  const message = issue.code === 'invalid_key' ? issue.issues[0]?.message : issue.message
  throw invalid([...issue.path.map((step) => String(step).slice(0, 60)), message].join(': '))
}

/** Of valid JSON, names among them. */
const countTexts = (json: string) => json.match(/"(?:[^"\\]|\\.)*"/g)?.length ?? 0

function invalid(why: string): AssayError {
  return new AssayError(
    'config-invalid',
    `keys: expected {"write", "read", "admin"}, each a key, and "apps" with some of these by app, if any; ${why}.`,
  )
}
