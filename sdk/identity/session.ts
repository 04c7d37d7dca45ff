import type { Guard } from '../guard.js'
import type { ClientOptions } from '../options.js'

/** By user, what was told of in this tab: by test, the branch with its version. Storage may be denied. */
export interface Session {
  read(user: string): Record<string, string> | undefined
  write(user: string, told: Record<string, string>): void
  remove(user: string): void
}

export function createSession({ app }: ClientOptions, { attempt }: Guard): Session {
  const storage = attempt(() => globalThis.document && sessionStorage)
  const place = (user: string) => `assay.${app}.${user}`
  return {
    read: (user) =>
      attempt(() => {
        // What stands there may be anything.
        const told = Object.entries(JSON.parse(storage?.getItem(place(user)) ?? '{}') ?? {})
        return Object.fromEntries(told.filter((pair): pair is [string, string] => typeof pair[1] === 'string'))
      }),
    write: (user, told) => attempt(() => storage?.setItem(place(user), JSON.stringify(told))),
    remove: (user) => attempt(() => storage?.removeItem(place(user))),
  }
}
