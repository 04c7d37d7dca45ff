import type { ClientConfig } from '../options.js'

/** Where the tests of an app wait for the next page. What throws here is told, and nothing is remembered. */
export interface Memory {
  read(app: string): ClientConfig | undefined
  write(app: string, config: ClientConfig): void
  remove(app: string): void
}

export interface RememberOptions {
  /** What keys begin with: `assay`, unless clients of several servers share an origin. */
  name?: string
  /** Milliseconds after which they are not used any more: a day, 86,400,000. */
  maxAge?: number
  /** Characters kept at the most, 500,000. */
  characters?: number
}

/**
 * Keeps the tests in localStorage: the next page has its branches at once, and looks for newer ones meanwhile. Elsewhere
 * than in pages nothing happens.
 */
export function remember({ name = 'assay', maxAge = 86_400_000, characters = 500_000 }: RememberOptions = {}): Memory {
  let isDenied = !globalThis.document
  /** What did not fit is not tried again. */
  let refused = ''
  const use = <T>(app: string, work: (key: string) => T): T | undefined => {
    if (isDenied) return
    const key = `${name}.tests.${app}`
    try {
      return work(key)
    } catch (error) {
      isDenied = true
      // What stands there is damaged, or older than what does not fit.
      localStorage.removeItem(key)
      isDenied = false
      throw error
    }
  }
  return {
    read: (app) =>
      use(app, (key) => {
        const { at, config } = JSON.parse(localStorage.getItem(key) ?? '{}')
        const age = Date.now() - at
        if (age >= 0 && age < maxAge) return config
      }),
    write: (app, config) =>
      use(app, (key) => {
        const text = JSON.stringify(config)
        if (text === refused) return
        refused = text
        if (text.length > characters) throw Error(`remember: ${text.length} characters, ${characters} at the most`)
        localStorage.setItem(key, `{"at":${Date.now()},"config":${text}}`)
        refused = ''
      }),
    remove: (app) => use(app, (key) => localStorage.removeItem(key)),
  }
}
