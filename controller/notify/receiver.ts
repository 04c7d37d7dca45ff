import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer, Message, Send } from './webhook.js'

const MINUTE = 60_000
/** Milliseconds before each further attempt: together less than an hour. */
const PAUSES = [5000, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE]
/** Milliseconds that a receiver may ask for at most, */
const LONGEST = 30 * MINUTE
/** and after which no attempt begins. */
const PATIENCE = 60 * MINUTE
/** Messages that one receiver may have waiting; further ones are given up. */
const WAITING = 100

const GONE: Answer = { verdict: 'gone', why: 'It said that it is gone.' }

/** Time and chance, which tests simulate. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number
  /** Rejects once the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>
  /** From 0 to 1. */
  random(): number
}

export const realClock: Clock = {
  now: Date.now,
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
  random: Math.random,
}

export interface ReceiverOptions {
  url: string
  send: Send
  clock: Clock
  signal: AbortSignal
  onError: (error: unknown) => void
}

/** One address, with the messages that it has not taken yet: one request at a time, in whatever order they succeed. */
export class Receiver {
  readonly #o: ReceiverOptions
  #turn: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #isGone = false

  constructor(options: ReceiverOptions) {
    this.#o = options
  }

  /** Resolves once the message is taken or given up. Rejects where the signal aborts first. */
  async deliver(message: Message): Promise<void> {
    if (this.#isGone) return
    if (this.#waiting >= WAITING) return this.#giveUp(message, `${WAITING} others wait for it.`)
    this.#waiting += 1
    try {
      await this.#attempt(message)
    } finally {
      this.#waiting -= 1
    }
  }

  /** Sends to it again, even if it said that it is gone. */
  welcome(): void {
    this.#isGone = false
  }

  async #attempt(message: Message): Promise<void> {
    const { url, send, clock, signal } = this.#o
    const end = clock.now() + PATIENCE
    for (const pause of [...PAUSES, Number.POSITIVE_INFINITY]) {
      const {
        verdict,
        why,
        after = 0,
      } = await this.#inTurn(async () => (this.#isGone ? GONE : send(url, message, signal)))
      if (verdict === 'taken') return
      signal.throwIfAborted()
      if (verdict === 'gone') this.#isGone = true
      if (verdict !== 'again') return this.#giveUp(message, why)
      // Jitter: what failed at the same time does not come again at the same time.
      const wait = Math.max(pause * (0.75 + 0.25 * clock.random()), Math.min(after, LONGEST))
      if (clock.now() + wait > end) return this.#giveUp(message, why)
      await clock.sleep(wait, signal)
    }
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(task)
    this.#turn = result.catch(() => {})
    return result
  }

  /** Tells only of the host: the rest of an address may be a secret. */
  #giveUp({ id }: Message, why: string): void {
    this.#o.onError(new Error(`The webhook ${id} to ${new URL(this.#o.url).host} is given up: ${why}`))
  }
}
