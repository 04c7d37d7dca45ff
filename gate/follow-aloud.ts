import { type Followed, follow } from './decide/follow.js'
import type { GateOptions } from './gate.js'
import type { Monitor } from './monitor.js'

/** Follows an app, and tells when its tests come to be known, or are known no more. */
export function followAloud(app: string, { url, key, stale, onNotice }: GateOptions, monitor: Monitor): Followed {
  let told: string | undefined
  const followed = follow({
    ...{ url, key, app, stale },
    onLook(error) {
      monitor.updated(error === undefined)
      const isFresh = followed.isFresh()
      const reason = isFresh ? malformed(followed.last?.refused ?? []) : messageOf(error)
      const state = isFresh ? `fresh ${reason}` : 'stale'
      if (state !== told) onNotice?.({ app, isFresh, reason })
      told = state
    },
  })
  return followed
}

const malformed = (tests: readonly string[]) =>
  tests.length === 0 ? '' : `malformed, so that all users have their control: ${tests.join(', ')}`

/** What fetch says is in its cause. */
const messageOf = (error: Error | undefined) =>
  error === undefined ? '' : `${(error.cause as Error | undefined)?.message || error.message}`
