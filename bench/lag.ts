import { setTimeout as sleep } from 'node:timers/promises'
import { lastMarks } from '@assay/aggregator/tables'
import { endsOf, type Log } from '@assay/core/log/log'
import { facts } from '@assay/core/store/schema'
import type { Store } from '@assay/core/store/store'
import { quantile } from './measure.js'

/** Milliseconds between looks. */
const EVERY = 250
/** Milliseconds until all must be counted. */
const PATIENCE = 180_000

/** By partition, the first offset not in the log and not in the tables. */
interface Look {
  at: number
  logged: number[]
  counted: number[]
}

export interface Spread {
  median: number
  p99: number
  greatest: number
}

/** Watches how far the tables are behind the log, all partitions together, whoever has them or nobody. */
export class LagWatch {
  readonly #log: Log
  readonly #store: Store
  readonly #looks: Look[] = []
  readonly #watching: Promise<void>
  #stopped = false

  constructor({ log, store }: { log: Log; store: Store }) {
    this.#log = log
    this.#store = store
    this.#watching = this.#watch()
  }

  /** Resolves once all that is in the log now is counted. @returns when, by `performance.now()` */
  async caughtUp(): Promise<number> {
    const { logged } = await this.#look()
    for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await sleep(EVERY / 5)) {
      const look = this.#looks.find((l) => covers(l, logged))
      if (look !== undefined) return look.at
    }
    throw new Error(`Expected all to be counted within ${PATIENCE / 1000} s.`)
  }

  /** @returns over all looks until `end`: records counted a second, records not yet counted, seconds until those were */
  async stop(end: number): Promise<{ counted: number; records: Spread; seconds: Spread }> {
    this.#stopped = true
    await this.#watching
    const looks = this.#looks.filter((l) => l.at <= end)
    const [first, last] = [looks[0]!, looks.at(-1)!]
    const counted = (sum(last.counted) - sum(first.counted)) / ((last.at - first.at) / 1000)
    const records = looks.map((look) => sum(look.logged) - sum(look.counted))
    const seconds = looks.map((look, i) => {
      const then = this.#looks.slice(i).find((l) => covers(l, look.logged))
      return ((then ?? this.#looks.at(-1)!).at - look.at) / 1000
    })
    return { counted, records: spread(records), seconds: spread(seconds) }
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      const next = performance.now() + EVERY
      // One that fails, as where an idle connection was closed, is left out.
      const look = await this.#look().catch(() => null)
      if (look !== null) this.#looks.push(look)
      await sleep(Math.max(0, next - performance.now()))
    }
  }

  async #look(): Promise<Look> {
    const at = performance.now()
    const [logged, marks] = await Promise.all([endsOf(this.#log), lastMarks(this.#store.read, facts)])
    const counted = logged.map((_, p) => (marks.get(p) ?? -1) + 1)
    return { at, logged, counted }
  }
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)

const covers = ({ counted }: Look, logged: readonly number[]) => logged.every((end, p) => counted[p]! >= end)

function spread(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), p99: quantile(values, 0.99), greatest: Math.max(...values) }
}
