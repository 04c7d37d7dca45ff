import { setTimeout as sleep } from 'node:timers/promises'
import { seeded } from '../support/random.js'
import { RetryingClient } from './client.js'
import type { Fault } from './fault.js'
import type { Installation } from './installation.js'
import { Judge, type Judgement } from './judge.js'

const CLIENTS = 3
/** Milliseconds between two batches of a client: each is an insert for every partition, and those cost by number, not by size. */
const PACE = 300
/** Milliseconds until everything must be counted after a fault ended. */
const PATIENCE = 120_000

/** What was found after a fault; milliseconds that it lasted, until everything was counted again, and of the whole. */
export interface Result extends Judgement {
  lasted: number
  recovery: number
  took: number
}

/** Clients that send, faults meanwhile, and what is judged after each. */
export class Trial {
  readonly random: () => number
  readonly #place: Installation
  readonly #long: number
  readonly #clients: RetryingClient[]
  readonly #judge: Judge

  private constructor(place: Installation, seed: number, long: number, clients: RetryingClient[], judge: Judge) {
    this.#place = place
    this.random = seeded(seed)
    this.#long = long
    this.#clients = clients
    this.#judge = judge
  }

  /** @param long milliseconds of a pause or cut at the most */
  static async open(place: Installation, seed: number, long: number): Promise<Trial> {
    const clients = Array.from(
      { length: CLIENTS },
      (_, i) => new RetryingClient(`c${i}`, seeded(seed + 1000 * (i + 1))),
    )
    return new Trial(place, seed, long, clients, await Judge.open(place, clients))
  }

  async run(fault: Fault): Promise<Result> {
    const started = performance.now()
    await this.#underLoad(fault)
    const healed = performance.now()
    await this.#finish()
    const caughtUp = await this.#judge.caughtUp(PATIENCE)
    const recovered = performance.now()
    const judgement = await this.#judge.judge()
    if (!caughtUp) judgement.wrong.unshift('not everything was counted in two minutes', ...this.#lastWords())
    const since = (from: number, to: number) => Math.round(to - from)
    return {
      lasted: since(started, healed),
      recovery: since(healed, recovered),
      took: since(started, performance.now()),
      ...judgement,
    }
  }

  /** No fault, but the whole log counted anew, twice. */
  async replayed(): Promise<Result & { fault: string }> {
    const started = performance.now()
    const differing = await this.#judge.replaysDiffer()
    const { wrong, ...counts } = await this.#judge.judge()
    const took = Math.round(performance.now() - started)
    return { fault: 'replayed twice', lasted: 0, recovery: 0, took, ...counts, wrong: [...wrong, ...differing] }
  }

  async #underLoad(fault: Fault): Promise<void> {
    const load = new AbortController()
    const loads = this.#clients.map((client, i) => this.#send(client, i, load.signal))
    const poisoned = (records: number) => {
      this.#judge.poisoned += records
    }
    try {
      await fault(this.#place, { random: this.random, long: this.#long, clients: this.#clients, poisoned })
    } finally {
      load.abort()
      await Promise.all(loads)
    }
  }

  /** Sends to whichever ingest is there, and each fifth batch once more to another one. */
  async #send(client: RetryingClient, i: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const ingests = this.#place.of('ingest')
      const { url } = ingests[i % ingests.length] ?? { url: 'http://127.0.0.1:9' }
      await client.sendSome(url, this.#place.keys.write, this.random() < 0.2)
      await sleep(PACE)
    }
  }

  /** What each process said last, for whoever has to find out. */
  #lastWords(): string[] {
    return [...this.#place.running].map(({ stage, output }) => `${stage}: ${output().slice(-300)}`)
  }

  /** What was not acknowledged is sent until it is. */
  async #finish(): Promise<void> {
    const [ingest] = this.#place.of('ingest')
    const finish = (client: RetryingClient) =>
      client.finish(ingest!.url, this.#place.keys.write).then(
        () => true,
        () => false,
      )
    for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await sleep(100)) {
      const finished = await Promise.all(this.#clients.map(finish))
      if (!finished.includes(false)) return
    }
  }
}
