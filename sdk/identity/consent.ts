import { createDelivery, type Delivery } from '../delivery/delivery.js'
import type { Line } from '../delivery/keep.js'
import type { Guard } from '../guard.js'
import type { ClientOptions, Consent } from '../options.js'
import { isPrivate } from './privacy.js'

export interface Consented extends Omit<Delivery, 'stop'> {
  readonly state: Consent
  decide(consent: Consent): void
  /** Does what needs the user's consent now, or once it is granted, or never. */
  whenGranted(work: () => void): void
}

/** Holds events until the user has agreed that they are stored and sent; gives them up if not. */
export function createConsented(options: ClientOptions, guard: Guard): Consented {
  const { queue = 1000, onDrop } = options
  const isBarred = guard.attempt(() => isPrivate(options))
  let state: Consent = 'pending'
  const held: Line[] = []
  const later: (() => void)[] = []
  let delivery: Delivery | undefined

  const keepLast = (most: number) => {
    const count = held.splice(0, held.length - most).length
    if (count) guard.attempt(() => onDrop?.(count, 'no-consent'))
    later.splice(0, later.length - most)
  }
  const hold = <Held>(those: Held[], one: Held) => {
    those.push(one)
    keepLast(state === 'denied' ? 0 : queue)
  }
  return {
    get state() {
      return state
    },
    decide(wanted) {
      state = isBarred ? 'denied' : wanted
      if (state === 'denied') {
        held.push(...(delivery?.stop() ?? []))
        delivery = undefined
        keepLast(0)
      }
      if (state !== 'granted') return
      delivery ??= createDelivery(options, guard)
      for (const line of held.splice(0)) delivery.add(line)
      for (const work of later.splice(0)) guard.attempt(work)
    },
    add: (line) => (delivery ? delivery.add(line) : hold(held, line)),
    whenGranted: (work) => (delivery ? guard.attempt(work) : hold(later, work)),
    flush: async () => delivery?.flush(),
    close: async () => delivery?.close(),
  }
}
