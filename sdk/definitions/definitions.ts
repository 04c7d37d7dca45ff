import type { Guard } from '../guard.js'
import type { Consented } from '../identity/consent.js'
import { PATIENCE } from '../limits.js'
import type { ClientConfig, ClientOptions } from '../options.js'
import { inTime } from './in-time.js'
import type { Known } from './known.js'
import { checked, configAddress, createLook } from './look.js'
import { createPace } from './pace.js'

export interface Definitions {
  /** Resolves once they are known, could not be had, or let themselves be waited for too long. */
  ready: Promise<void>
  close(): void
}

/** Has the tests of the app known: given, remembered, fetched, looked at again, and told of as they change. */
export function openDefinitions(
  options: ClientOptions,
  guard: Guard,
  consent: Pick<Consented, 'state'>,
  known: Known,
): Definitions {
  const { app, config, refresh = 60_000, patience = 3000, updates, memory } = options
  const { attempt } = guard
  const pace = createPace(refresh, guard, known, createLook(options))
  /** @returns whether that is a config */
  const take = (found: ClientConfig | false | undefined) =>
    found &&
    attempt(() => {
      known.take(checked(found))
      return true
    })
  let ready = Promise.resolve()
  if (take(config)) pace.later()
  else if (take(consent.state !== 'denied' && attempt(() => memory?.read(app)))) pace.look()
  // The look goes on when patience ends.
  else ready = inTime(Math.min(patience, PATIENCE), pace.look).catch(pace.fail)
  const stop = updates && attempt(() => updates(configAddress(options), (told) => take(told) && pace.later(true)))
  return {
    ready,
    close() {
      pace.close()
      attempt(() => stop?.())
    },
  }
}
