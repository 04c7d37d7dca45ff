import type { Identity, Place } from './identity.js'

/** What was told of in this tab, by user. */
export function sessionPlace(app: string, storage: Storage): Place<Record<string, string>> {
  const keyOf = (user: string) => `assay.${app}.${user}`
  return {
    read(user) {
      // What stands there may be anything.
      const told = Object.entries(JSON.parse(storage.getItem(keyOf(user)) ?? '{}') ?? {})
      return Object.fromEntries(told.filter((pair): pair is [string, string] => typeof pair[1] === 'string'))
    },
    write: ({ user, exposed }: Identity) => storage.setItem(keyOf(user), JSON.stringify(exposed)),
    remove: ({ user }) => storage.removeItem(keyOf(user)),
  }
}
