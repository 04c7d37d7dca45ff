import { setTimeout as sleep } from 'node:timers/promises'
import type { RetryingClient } from './client.js'
import type { Installation } from './installation.js'
import type { Network, Weather } from './network.js'

/** What one fault may use: its random numbers, how long the long ones last, and those who send meanwhile. */
export interface Chance {
  random: () => number
  /** Milliseconds of a pause or a cut. */
  long: number
  clients: readonly RetryingClient[]
  /** Told of each record that can be no event, which must end up in quarantine. */
  poisoned: (records: number) => void
}

/** Something that goes wrong and ends; the installation is whole again when it resolves. @throws Impossible */
export type Fault = (place: Installation, chance: Chance) => Promise<void>

/** A fault that cannot be on this machine, and why. */
export class Impossible extends Error {}

export const pick = <T>(items: readonly T[], { random }: Chance): T => items[Math.floor(random() * items.length)]!
export const between = (from: number, to: number, { random }: Chance) => Math.floor(from + random() * (to - from))

/** What may be wrong with a network; slow by so many milliseconds. */
export const networkFaults = (name: string, network: (place: Installation) => Network, milliseconds: number) => ({
  [`${name} cut off`]: under({ kind: 'cut' }, network),
  [`${name} hangs`]: under({ kind: 'hang' }, network),
  [`${name} unheard`]: under({ kind: 'deaf' }, network),
  [`${name} slow`]: under({ kind: 'slow', milliseconds }, network),
})

/** Bad weather on one of the networks for a while. */
export const under =
  (weather: Weather, network: (place: Installation) => Network): Fault =>
  async (place, chance) => {
    network(place).weather = weather
    await sleep(between(300, chance.long, chance))
    network(place).weather = { kind: 'clear' }
  }
