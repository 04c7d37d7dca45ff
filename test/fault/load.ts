import { setTimeout as sleep } from 'node:timers/promises'
import { seeded } from '../support/random.js'
import { RetryingClient } from './client.js'
import { inspect } from './inspect.js'
import type { Installation } from './installation.js'

const CLIENTS = 3
/** Milliseconds between two batches of a client. */
const PACE = 150

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
  async flows(events = 500): Promise<void> {
    for (const until = this.acknowledged + events; this.acknowledged < until; ) await sleep(PACE)
  }

  /** Ends the load; what was not acknowledged is sent until it is. */
  async finish(): Promise<void> {
    this.#ending = true
    await this.#sending
    const { url } = this.#place.of('ingest')[0]!
    await Promise.all(this.#clients.map((c) => c.finish(url, this.#place.keys.write)))
  }

  /** What of the acknowledged is not counted once, what is counted and was not sent, and tables that differ from `events`. */
  async wrong(): Promise<string[]> {
    const { ids, differing } = await inspect(this.#place.store)
    const counts = new Map(ids)
    const acknowledged = this.#clients.flatMap((c) => [...c.acknowledged])
    const sent = new Set(this.#clients.flatMap((c) => [...c.sent]))
    return [
      ...acknowledged.filter((id) => counts.get(id) !== 1).map((id) => `${id} ${counts.get(id) ?? 0} times`),
      ...ids.filter(([id, n]) => n !== 1 || !sent.has(id)).map(([id, n]) => `${id} ${n} times`),
      ...Object.entries(differing).flatMap(([table, rows]) => (rows > 0 ? [`${table} differs in ${rows} rows`] : [])),
    ]
  }

  async #send(client: RetryingClient, i: number): Promise<void> {
    while (!this.#ending) {
      const ingests = this.#place.of('ingest')
      await client.sendSome(ingests[i % ingests.length]!.url, this.#place.keys.write, i === 0)
      await sleep(PACE)
    }
  }
}
