import { createDelivery, type Delivery } from '../delivery/delivery.js'
import type { Line } from '../delivery/keep.js'
import type { Guard } from '../guard.js'
import type { ClientOptions, Consent } from '../options.js'
import { type HeldLine, trim } from './held.js'
import { isPrivate } from './privacy.js'
import { isUnseen } from './shown.js'

export interface Consented extends Omit<Delivery, 'stop'> {
  /** What holds by now: a page that nobody has seen yet stores and sends nothing. */
  readonly state: Consent
  /** What the user decided. What is none of the three counts as `pending`. */
  decide(consent: Consent): void
  /** Has hold what was decided, in a page that is seen by now. */
  settle(): void
  /** Does what goes with the line added last: once it may be sent, or never. */
  whenGranted(work: () => void): void
}

const STATES: readonly Consent[] = ['granted', 'pending', 'denied']

/** Holds events until the user has agreed that they are stored and sent; gives them up if not. */
export function createConsented(options: ClientOptions, guard: Guard): Consented {
  const { queue = 1000, onDrop } = options
  const { attempt, tell } = guard
  const isBarred = attempt(() => isPrivate(options))
  let wanted: Consent = 'pending'
  let state: Consent = 'pending'
  let isClosed = false
  const held: HeldLine[] = []
  /** While consent is granted, and from then on if it is closed. */
  let delivery: Delivery | undefined

  const giveUp = () => {
    const reason = state === 'denied' ? 'no-consent' : isClosed && 'closed'
    const count = trim(held, reason ? 0 : queue)
    if (count) attempt(() => onDrop?.(count, reason || 'no-consent'))
  }
  const add = (line: Line) => {
    if (delivery) return delivery.add(line)
    held.push(line)
    giveUp()
  }
  const stop = () => {
    held.unshift(...(delivery?.stop() ?? []))
    delivery = undefined
    giveUp()
  }
  const whenGranted = (work: () => void) => {
    if (state === 'granted') return attempt(work)
    Object.assign(held.at(-1) ?? {}, { work })
  }
  const start = () => {
    delivery ??= createDelivery(options, guard)
    for (const { work, ...line } of held.splice(0)) {
      add(line)
      if (work) whenGranted(work)
    }
  }
  const settle = () => {
    // What is closed opens no more.
    if (isClosed && wanted === 'granted') return
    state = isBarred ? 'denied' : wanted
    if (state === 'granted' && isUnseen()) state = 'pending'
    if (state === 'granted') start()
    else stop()
  }
  return {
    get state() {
      return state
    },
    decide(consent) {
      wanted = STATES.find((known) => known === consent) ?? 'pending'
      if (wanted !== consent) tell(Error(`consent: ${String(consent)}`))
      settle()
    },
    settle,
    add,
    whenGranted,
    flush: async () => delivery?.flush(),
    async close() {
      isClosed = true
      giveUp()
      await delivery?.close()
      // What nobody will send is not said.
      if (state === 'granted') state = 'pending'
    },
  }
}
