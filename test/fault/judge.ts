import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { rebuild } from '@assay/aggregator/rebuild'
import { endsOf } from '@assay/core/log/log'
import { tables } from '@assay/core/store/schema'
import { contents } from '../support/tables.js'
import type { RetryingClient } from './client.js'
import { type Inspection, Inspector } from './inspect.js'
import type { Installation } from './installation.js'
import { haveCounted, statusesOf } from './settled.js'

/** The numbers after a fault, and what is wrong with them or with what is behind them. */
export interface Judgement {
  /** Events. */
  acknowledged: number
  /** In the log: the sum of those counted, repeats, and those in quarantine. */
  records: number
  counted: number
  repeats: number
  quarantined: number
  wrong: string[]
}

/** Says whether an installation counts what its clients were told it would, and nothing else. */
export class Judge {
  /** Records put into the log that can be no event. */
  poisoned = 0
  readonly #place: Installation
  readonly #clients: readonly RetryingClient[]
  readonly #inspector: Inspector
  readonly #quarantine = new Set<string>()
  #quarantineRead = 0

  private constructor(place: Installation, clients: readonly RetryingClient[], inspector: Inspector) {
    this.#place = place
    this.#clients = clients
    this.#inspector = inspector
  }

  static async open(place: Installation, clients: readonly RetryingClient[]): Promise<Judge> {
    return new Judge(place, clients, await Inspector.open(place.log, place.store))
  }

  /** Whether each partition's tables come to hold all of the log in so many milliseconds. */
  async caughtUp(patience: number): Promise<boolean> {
    const { store } = this.#place
    const ends = await endsOf(this.#place.log)
    const all = ends.map((_, p) => `(SELECT min(ifNull(toInt64(mark), -1)) FROM (${marksOf(p)}))`)
    const hold = async () => {
      const [row] = await store.write.query<{ marks: number[] }>(`SELECT [${all}] AS marks`)
      return ends.every((end, p) => (row!.marks[p] ?? -1) >= end - 1)
    }
    // To ask the tables keeps the server from what is waited for: first the aggregators must say that they are done.
    const said = () => statusesOf(this.#place).then((found) => haveCounted(this.#place, found))
    for (const deadline = Date.now() + patience; Date.now() < deadline; await sleep(200)) {
      if ((await said().catch(() => false)) && (await hold())) return true
    }
    return false
  }

  async judge(): Promise<Judgement> {
    const found = await this.#inspector.inspect()
    await this.#readQuarantine()
    const acknowledged = this.#clients.reduce((sum, c) => sum + c.acknowledged.size, 0)
    const counts = { acknowledged, counted: found.stored, quarantined: this.#quarantine.size }
    const { records, repeats } = found
    return { ...counts, records, repeats, wrong: [...this.#wrongNumbers(found), ...this.#wrongIds(found)] }
  }

  /** What is not the same in the live tables and in two replays of the log into tables of their own. */
  async replaysDiffer(): Promise<string[]> {
    const live = await contents(this.#place.store)
    const store = await this.#place.openStore('replayed')
    const rest = { log: this.#place.log, store, idWindow: 250_000, ends: await endsOf(this.#place.log), until: null }
    const different: string[] = []
    for (const round of ['first', 'second']) {
      await rebuild({ ...rest, onProgress: () => {} })
      const replayed = await contents(store)
      for (const table of Object.keys(live) as (keyof typeof live)[])
        if (!isDeepStrictEqual(replayed[table], live[table])) different.push(`the ${round} replay has other ${table}`)
    }
    await store.close()
    return different
  }

  #wrongNumbers({ records, repeats, bad, stored, differing }: Inspection): string[] {
    const quarantined = this.#quarantine.size
    const deliveries = this.#clients.reduce((sum, c) => sum + c.acknowledged.size + c.repeated, 0)
    const sum = `${stored} counted, ${repeats} repeats and ${quarantined} in quarantine`
    return [
      ...(records === stored + repeats + quarantined ? [] : [`of ${records} records in the log there are ${sum}`]),
      ...(records >= deliveries ? [] : [`${deliveries} deliveries acknowledged, ${records} records in the log`]),
      ...(bad === this.poisoned && quarantined === bad
        ? []
        : [`${this.poisoned} bad records sent, ${bad} in the log, ${quarantined} in quarantine`]),
      ...Object.entries(differing).flatMap(([table, rows]) => (rows > 0 ? [`${table} differs in ${rows} rows`] : [])),
    ]
  }

  #wrongIds({ ids }: Inspection): string[] {
    const counted = new Set(ids.map(([id]) => id))
    const sent = new Set(this.#clients.flatMap((c) => [...c.sent]))
    const missing = this.#clients.flatMap((c) => [...c.acknowledged].filter((id) => !counted.has(id)))
    return [
      ...missing.map((id) => `missing ${id}`),
      ...ids.flatMap(([id, n]) => (n === 1 ? [] : [`${n} times ${id}`])),
      ...ids.flatMap(([id]) => (sent.has(id) ? [] : [`unknown ${id}`])),
    ]
  }

  /** By where a record stood: what a crash set aside a second time is there twice. */
  async #readQuarantine(): Promise<void> {
    const { log } = this.#place
    const { end } = await log.bounds('assay.quarantine', 0)
    while (this.#quarantineRead < end) {
      const records = await log.read('assay.quarantine', 0, this.#quarantineRead, { records: 1000, bytes: 1e8 })
      for (const { id } of records) this.#quarantine.add(id)
      this.#quarantineRead = records.at(-1)!.offset + 1
    }
  }
}

/** Each table's mark of a partition. */
function marksOf(partition: number): string {
  const of = (sql: string) => `SELECT (${sql.replaceAll('{partition:UInt16}', String(partition))}) AS mark`
  return tables.map((t) => of(t.mark(t.name))).join(' UNION ALL ')
}
