import { vi } from 'vitest'

/** `localStorage` as browsers have it: what is kept are its own properties. */
export function fakeStorage(): Storage {
  const methods = {
    getItem: (key: string) => (Object.hasOwn(storage, key) ? storage[key]! : null),
    setItem(key: string, value: string) {
      storage[key] = `${value}`
    },
    removeItem(key: string) {
      delete storage[key]
    },
  }
  const storage: Record<string, string> = Object.create(methods)
  return storage as unknown as Storage
}

/** A browser's page without a browser: its cookies, storage and events, as globals until `vi.unstubAllGlobals`. */
export class FakePage {
  /** As `document.cookie` gives them. */
  readonly cookies = new Map<string, string>()
  /** What `document.cookie` was set to. */
  readonly written: string[] = []
  session = fakeStorage()
  local = fakeStorage()
  readonly #events = new EventTarget()
  readonly document: Pick<Document, 'visibilityState' | 'hidden' | 'addEventListener' | 'cookie'> & {
    prerendering: boolean
  }

  constructor(address = 'https://shop.example/') {
    const { cookies, written } = this
    this.document = {
      visibilityState: 'visible',
      prerendering: false,
      addEventListener: this.#events.addEventListener.bind(this.#events),
      get hidden() {
        return this.visibilityState === 'hidden'
      },
      get cookie() {
        return [...cookies].map((pair) => pair.join('=')).join('; ')
      },
      set cookie(text: string) {
        written.push(text)
        const [, name, value] = /^([^=;]*)=([^;]*)/.exec(text)!
        if (text.includes('Max-Age=0')) cookies.delete(name!)
        else cookies.set(name!, value!)
      },
    }
    this.open(address)
  }

  /** The next page of the same tab. */
  open(address = 'https://shop.example/'): void {
    vi.stubGlobal('document', this.document)
    vi.stubGlobal('location', new URL(address))
    vi.stubGlobal('addEventListener', this.document.addEventListener)
    vi.stubGlobal('sessionStorage', this.session)
    vi.stubGlobal('localStorage', this.local)
  }

  /** Has the user see the page, or something else. */
  turn(visibilityState: DocumentVisibilityState): void {
    Object.assign(this.document, { visibilityState })
    this.happen('visibilitychange')
  }

  happen(event: string, more: object = {}): void {
    this.#events.dispatchEvent(Object.assign(new Event(event), more))
  }
}
