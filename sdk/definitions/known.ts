import type { Guard } from '../guard.js'
import type { Consented } from '../identity/consent.js'
import type { ClientConfig, ClientOptions } from '../options.js'

/** The tests, as far as they are known. */
export interface Known {
  config: ClientConfig | undefined
  /** Whether the last look failed. */
  isStale: boolean
  take(config: ClientConfig): void
  /** Whether the last look failed, by now, and whether it brought anything new. */
  settle(isStale: boolean, isNew?: boolean): void
  /** Has them remembered for the next page, or forgotten, as the user decided. */
  save(): void
}

export function createKnown(
  { app, memory }: ClientOptions,
  { attempt }: Guard,
  consent: Pick<Consented, 'state'>,
  onChange: () => void,
): Known {
  let text = ''
  const known: Known = {
    config: undefined,
    isStale: false,
    take(config) {
      const before = text
      text = JSON.stringify(config)
      // Browsers give all of it again where nothing changed.
      const isNew = text !== before
      if (isNew) known.config = config
      known.save()
      known.settle(false, isNew)
    },
    settle(isStale, isNew) {
      if (!isNew && isStale === known.isStale) return
      known.isStale = isStale
      onChange()
    },
    save() {
      const { config } = known
      if (config && consent.state === 'granted') attempt(() => memory?.write(app, config))
      if (consent.state === 'denied') attempt(() => memory?.remove(app))
    },
  }
  return known
}
