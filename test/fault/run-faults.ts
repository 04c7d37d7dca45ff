import { setTimeout as sleep } from 'node:timers/promises'
import { readMarks } from '@assay/aggregator/tables'
import { seeded } from '../support/random.js'
import { RetryingClient } from './client.js'
import { faults } from './faults.js'
import { inspect } from './inspect.js'
import { Installation } from './installation.js'

export interface FaultsOptions {
  seed: number
  runs: number
  /** Milliseconds of a pause or cut at the most. */
  long?: number
  /** Names of the faults to choose from; all if not given. */
  among?: readonly string[]
  onRun?: (run: FaultRun) => void
}

/** One fault under load, and what was found after it. */
export interface FaultRun {
  number: number
  fault: string
  /** Milliseconds until everything was counted again, and of the whole run. */
  recovery: number
  took: number
  acknowledged: number
  duplicates: number
  quarantined: number
  wrong: string[]
}

const CLIENTS = 3
/** Milliseconds until everything must be counted after a fault ended. */
const PATIENCE = 120_000

/** Two ingests, three aggregators and a query API, under load, one fault after another; after each everything is judged. */
export async function runFaults({
  seed,
  runs,
  long = 4000,
  among,
  onRun = () => {},
}: FaultsOptions): Promise<FaultRun[]> {
  const place = await Installation.open()
  const done: FaultRun[] = []
  try {
    await place.start('aggregator')
    const others = ['aggregator', 'aggregator', 'ingest', 'ingest', 'query-api'] as const
    await Promise.all(others.map((stage) => place.start(stage)))
    const trial = new Trial(place, seed, long, among ?? Object.keys(faults))
    for (let number = 1; number <= runs; number++) {
      done.push(await trial.run(number))
      onRun(done.at(-1)!)
    }
  } finally {
    await place.close()
  }
  return done
}

class Trial {
  readonly #place: Installation
  readonly #random: () => number
  readonly #clients: RetryingClient[]
  readonly #long: number
  readonly #names: readonly string[]
  #poisoned = 0

  constructor(place: Installation, seed: number, long: number, names: readonly string[]) {
    this.#place = place
    this.#random = seeded(seed)
    this.#long = long
    this.#names = names
    this.#clients = Array.from(
      { length: CLIENTS },
      (_, i) => new RetryingClient(`c${i}`, seeded(seed + 1000 * (i + 1))),
    )
  }

  async run(number: number): Promise<FaultRun> {
    const started = performance.now()
    const fault = this.#names[Math.floor(this.#random() * this.#names.length)]!
    const poisoned = (records: number) => {
      this.#poisoned += records
    }
    const load = new AbortController()
    const loads = this.#clients.map((client, i) => this.#load(client, i, load.signal))
    await faults[fault]!(this.#place, { random: this.#random, long: this.#long, poisoned })
    load.abort()
    await Promise.all(loads)
    const healed = performance.now()
    await this.#finish()
    const wrong = (await this.#caughtUp()) ? await this.#judge() : ['not everything was counted in two minutes']
    const took = Math.round(performance.now() - started)
    return { number, fault, recovery: Math.round(performance.now() - healed), took, ...(await this.#counts()), wrong }
  }

  /** Sends to whichever ingest is there, and each fifth batch once more to another one. */
  async #load(client: RetryingClient, i: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const ingests = this.#place.of('ingest')
      const { url } = ingests[i % ingests.length] ?? { url: 'http://127.0.0.1:9' }
      await client.sendSome(url, this.#place.keys.write, this.#random() < 0.2)
      await sleep(150)
    }
  }

  /** What was not acknowledged is sent until it is. */
  async #finish(): Promise<void> {
    for (const deadline = Date.now() + PATIENCE; ; await sleep(100)) {
      const [ingest] = this.#place.of('ingest')
      const left = await Promise.all(
        this.#clients.map((c) =>
          c.finish(ingest!.url, this.#place.keys.write).then(
            () => false,
            () => true,
          ),
        ),
      )
      if (!left.includes(true) || Date.now() > deadline) return
    }
  }

  /** Whether each partition's tables come to hold all of the log. */
  async #caughtUp(): Promise<boolean> {
    const { log, store } = this.#place
    const partitions = Array.from({ length: log.partitions('assay.events') }, (_, p) => p)
    for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await sleep(50)) {
      const behind = await Promise.all(
        partitions.map(async (p) => {
          const { end } = await log.bounds('assay.events', p)
          return Math.min(...(await readMarks(store, p, '')).values()) < end - 1
        }),
      )
      if (!behind.includes(true)) return true
    }
    return false
  }

  async #judge(): Promise<string[]> {
    const { ids, differing } = await inspect(this.#place.store)
    const counts = new Map(ids)
    const acknowledged = this.#clients.flatMap((c) => [...c.acknowledged])
    const sent = new Set(this.#clients.flatMap((c) => [...c.sent]))
    const missing = acknowledged.filter((id) => !counts.has(id))
    const doubled = ids.filter(([, n]) => n !== 1).map(([id]) => id)
    const unknown = ids.map(([id]) => id).filter((id) => !sent.has(id))
    const { quarantined } = await this.#counts()
    return [
      ...missing.map((id) => `missing ${id}`),
      ...doubled.map((id) => `doubled ${id}`),
      ...unknown.map((id) => `unknown ${id}`),
      ...Object.entries(differing).flatMap(([table, rows]) => (rows > 0 ? [`${table} differs in ${rows} rows`] : [])),
      // At least once: what a crash set aside a second time is there twice.
      ...(quarantined < this.#poisoned ? [`${quarantined} of ${this.#poisoned} bad records in quarantine`] : []),
    ]
  }

  async #counts(): Promise<Pick<FaultRun, 'acknowledged' | 'duplicates' | 'quarantined'>> {
    const { log } = this.#place
    const records = await log.read('assay.quarantine', 0, 0, { records: 1e6, bytes: 1e8 })
    return {
      acknowledged: this.#clients.reduce((sum, c) => sum + c.acknowledged.size, 0),
      duplicates: this.#clients.reduce((sum, c) => sum + c.repeated, 0),
      quarantined: new Set(records.map((r) => r.id)).size,
    }
  }
}
