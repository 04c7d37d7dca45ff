import { hash } from 'node:crypto'
import { eachKey, type KeyKind, type Keys, MAX_KEY } from './keys.js'

/** What a key allows, for the one app it belongs to; null is for all. */
export interface Grant {
  readonly kind: KeyKind
  readonly app: string | null
}

/** The keys as requests are held against them; they may change while the process runs. */
export class KeyRing {
  #current!: Keys
  #grants!: ReadonlyMap<string, Grant>

  constructor(keys: Keys) {
    this.exchange(keys)
  }

  get current(): Keys {
    return this.#current
  }

  /** From now on these keys count, and no others. */
  exchange(keys: Keys): void {
    this.#grants = new Map([...eachKey(keys)].map(({ app, kind, key }) => [digest(key), { app, kind }]))
    this.#current = keys
  }

  /**
   * What the key allows, or null where it is not known. Found by its hash, so that the time it takes says nothing about
   * the keys there are, and does not grow with their number.
   */
  find(presented: string): Grant | null {
    if (presented.length > MAX_KEY) return null
    return this.#grants.get(digest(presented)) ?? null
  }
}

const digest = (key: string) => hash('sha256', key, 'base64')
