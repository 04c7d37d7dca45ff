import { seeded } from '../support/random.js'
import { Impossible } from './fault.js'
import { faults } from './faults.js'
import { Installation } from './installation.js'
import { type Result, Trial } from './trial.js'

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
export interface FaultRun extends Result {
  number: number
  fault: string
  /** Why this fault could not be here. */
  skipped?: string
}

/** Two ingests, three aggregators and a query API, under load, one fault after another; after each everything is judged. */
export async function runFaults(options: FaultsOptions): Promise<FaultRun[]> {
  const { seed, runs, long = 4000, among = Object.keys(faults), onRun = () => {} } = options
  const place = await Installation.open()
  const done: FaultRun[] = []
  try {
    await place.start('aggregator')
    const others = ['aggregator', 'aggregator', 'ingest', 'ingest', 'query-api'] as const
    await Promise.all(others.map((stage) => place.start(stage)))
    const trial = await Trial.open(place, seed, long)
    // Before any load draws numbers, whose count depends on time: a seed has the same faults each time.
    const random = seeded(seed)
    const chosen = Array.from({ length: runs }, () => among[Math.floor(random() * among.length)]!)
    const steps = chosen.map((fault) => () => one(fault, trial))
    for (const step of [...steps, () => trial.replayed()]) {
      done.push({ number: done.length + 1, ...(await step()) })
      onRun(done.at(-1)!)
    }
  } finally {
    await place.close()
  }
  return done
}

async function one(fault: string, trial: Trial): Promise<Omit<FaultRun, 'number'>> {
  try {
    return { fault, ...(await trial.run(faults[fault]!)) }
  } catch (error) {
    if (!(error instanceof Impossible)) throw error
    const nothing = { acknowledged: 0, records: 0, counted: 0, repeats: 0, quarantined: 0, wrong: [] }
    return { fault, skipped: error.message, lasted: 0, recovery: 0, took: 0, ...nothing }
  }
}
