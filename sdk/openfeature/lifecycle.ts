import type { Client } from '../client.js'
import type { Tests } from '../options.js'

/** OpenFeature itself tells of the first `READY` or `ERROR`, by how `initialize` ends. */
export type ProviderEvent = 'PROVIDER_READY' | 'PROVIDER_STALE' | 'PROVIDER_CONFIGURATION_CHANGED'

export type Emit = (event: ProviderEvent, details?: { flagsChanged: string[] }) => void

export interface Lifecycle {
  /**
   * Waits for the tests.
   * @throws Error if they could not be had, and `READY` follows when they are; or if the provider was closed
   */
  initialize(): Promise<void>
  /** Sends what waits, and stops. */
  onClose(): Promise<void>
  /** Does what OpenFeature knows of, and tells of no change. */
  quietly(work: () => void): void
}

/** Tells OpenFeature of a client's tests as they come, change, and get out of date. */
export function createLifecycle(client: Client, emit: Emit): Lifecycle {
  let stop: (() => void) | undefined
  let isClosed = false
  const watch = () => {
    stop?.()
    let known = look(client)
    stop = client.onChange(() => {
      const before = known
      known = look(client)
      const { tests, isStale } = known
      if (!tests) return
      if (isStale !== before.isStale) emit(isStale ? 'PROVIDER_STALE' : 'PROVIDER_READY')
      // What changed is what is known of the user.
      else if (tests === before.tests) emit('PROVIDER_CONFIGURATION_CHANGED', { flagsChanged: Object.keys(tests) })
      const flagsChanged = changes(before.tests, tests)
      if (flagsChanged.length) emit('PROVIDER_CONFIGURATION_CHANGED', { flagsChanged })
    })
  }
  return {
    async initialize() {
      await client.ready
      if (isClosed) throw Error('the client was closed; another provider takes another client')
      watch()
      if (!client.config) throw Error('the tests could not be had; onError of the client tells why')
    },
    async onClose() {
      isClosed = true
      stop?.()
      await client.close()
    },
    quietly(work) {
      const isWatched = stop !== undefined
      stop?.()
      work()
      if (isWatched && !isClosed) watch()
    },
  }
}

const look = ({ config, isStale }: Client) => ({ tests: config?.tests, isStale })

/** Tests that are not what they were. */
function changes(before: Tests = {}, after: Tests): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
}
