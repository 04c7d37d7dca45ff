import { setTimeout as sleep } from 'node:timers/promises'
import { seeded } from '../support/random.js'
import { RetryingClient } from './client.js'
import type { Installation } from './installation.js'
import { Judge } from './judge.js'

const CLIENTS = 3
/** Milliseconds between two batches of a client: each is an insert for every partition, and those cost by number, not by size. */
const PACE = 300

/** Clients that send to whichever ingest is there, from now until told to finish, and know what must be counted. */
export class Load {
  readonly #place: Installation
  readonly #clients: RetryingClient[]
  readonly #sending: Promise<unknown>
  #ending = false

  constructor(place: Installation, seed: number) {
    this.#place = place
    this.#clients = Array.from({ length: CLIENTS }, (_, i) => new RetryingClient(`c${i}`, seeded(seed + i)))
    this.#sending = Promise.all(this.#clients.map((client, i) => this.#send(client, i)))
  }

  get acknowledged(): number {
    return this.#clients.reduce((sum, c) => sum + c.acknowledged.size, 0)
  }

  /** Resolves after so many more events were acknowledged. */
  async flows(events = 300): Promise<void> {
    for (const until = this.acknowledged + events; this.acknowledged < until; ) await sleep(PACE)
  }

  /** Ends the load; what was not acknowledged is sent until it is. */
  async finish(): Promise<void> {
    this.#ending = true
    await this.#sending
    const { url } = this.#place.of('ingest')[0]!
    await Promise.all(this.#clients.map((c) => c.finish(url, this.#place.keys.write)))
  }

  /** What is wrong with the tables, once all of it was counted. */
  async wrong(): Promise<string[]> {
    const judge = await Judge.open(this.#place, this.#clients)
    return (await judge.judge()).wrong
  }

  async #send(client: RetryingClient, i: number): Promise<void> {
    while (!this.#ending) {
      const ingests = this.#place.of('ingest')
      await client.sendSome(ingests[i % ingests.length]!.url, this.#place.keys.write, i === 0)
      await sleep(PACE)
    }
  }
}
