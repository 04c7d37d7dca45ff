import { Definitions } from '@assay/core/control/definitions'
import { AssayError } from '@assay/core/errors'
import { type Log, type Membership, partitionsOf } from '@assay/core/log/log'
import { migrate } from '@assay/core/store/migrate'
import { events } from '@assay/core/store/schema'
import type { Store } from '@assay/core/store/store'
import { planOf } from '@assay/moments/plan'
import type { Batch } from './batch.js'
import { GROUP } from './claim.js'
import { Gate } from './follow.js'
import { type Hold, holdOwners } from './hold.js'
import { LineBuffers } from './line-buffers.js'
import { MomentsSchedule } from './moments/schedule.js'
import { Others } from './others.js'
import { pause } from './pause.js'
import { type Progress, replayInto } from './replay.js'
import { refuseShards } from './shards.js'
import { dropOtherSets } from './table-set.js'
import { lastMarks } from './tables.js'
import { Worker } from './worker.js'
import type { Stored } from './writer.js'

export interface AggregatorOptions {
  log: Log
  store: Store
  /** What tests are defined, as the log has it; without them every test has two metrics of each event. */
  definitions?: Definitions
  /** How many log records back an event's id is remembered, so that a client's retry counts once. */
  idWindow?: number
  clock?: () => number
  onError?: (error: unknown) => void
}

export interface AggregatorStatus {
  /** The log's partitions that are this process's. */
  partitions: number[]
  /** Their records read, stored, dropped as repeats, and set aside since the start. */
  read: number
  stored: number
  duplicates: number
  quarantined: number
  /** Acknowledged records of these partitions not yet in the tables. */
  lag: number
  /** Whether every acknowledged event of them is in the results. */
  fresh: boolean
  /** How far this process's replay is; null while there is none. */
  replay: Progress | null
}

/** How long to wait, in milliseconds, when no moments were due. */
const IDLE = 50

const defaults = { idWindow: 250_000, clock: Date.now, onError: () => {} }

/** The partition whose owner computes the moments of all. */
const LEADING = 0

/** Carries its share of the log into the store, and as the leader keeps each test's moments up to date. */
export class Aggregator {
  readonly #o: Required<AggregatorOptions>
  readonly #stop = new AbortController()
  readonly #gate = new Gate()
  readonly #buffers = new LineBuffers()
  readonly #workers = new Map<number, Worker>()
  readonly #others: Others
  readonly #schedule: MomentsSchedule
  readonly #counts = { read: 0, stored: 0, duplicates: 0, quarantined: 0 }
  #member!: Membership
  /** Changes of the assignment, one after another. */
  #assigning: Promise<void> = Promise.resolve()
  #refreshing: Promise<void> = Promise.resolve()
  #replaying: Promise<void> | null = null
  #progress: Progress | null = null

  private constructor(options: Required<AggregatorOptions>) {
    this.#o = options
    const { store, log, clock, definitions } = options
    this.#others = new Others(store, log.partitions('assay.events'))
    this.#schedule = new MomentsSchedule({
      store,
      clock,
      positions: () => this.#others.positions(this.#workers),
      behind: () => [...this.#workers.values()].some((w) => w.behind),
      plan: (app) => planOf(definitions, app),
    })
    definitions.onChange((app) => this.#schedule.mark([app]), 'any')
  }

  /** Joins the aggregators of this log. Recovers, for each partition it is given, what a crash left. @throws AssayError `store-sharded` */
  static async start(options: AggregatorOptions): Promise<Aggregator> {
    const { log, store } = options
    await refuseShards(store)
    await migrate(store)
    const aggregator = new Aggregator({ definitions: new Definitions(), ...defaults, ...options })
    // On a shared one another process may be replaying.
    if (!store.shared) await dropOtherSets(store, { idWindow: aggregator.#o.idWindow, until: null })
    let joined = () => {}
    aggregator.#assigning = new Promise((resolve) => {
      joined = resolve
    })
    aggregator.#member = await log.join(GROUP, 'assay.events', (partitions) => aggregator.#assign(partitions))
    joined()
    await aggregator.#assigning
    aggregator.#refreshing = aggregator.#refresh()
    return aggregator
  }

  async status(): Promise<AggregatorStatus> {
    const workers = [...this.#workers.values()]
    const lags = await Promise.all(
      workers.map(async ({ partition, writer }) => {
        return (await this.#o.log.bounds('assay.events', partition)).end - writer.position
      }),
    )
    const lag = lags.reduce((a, b) => a + b, 0)
    const partitions = [...this.#workers.keys()].sort((a, b) => a - b)
    const behind = this.#leads && (!this.#schedule.leads || this.#schedule.behind)
    const fresh = lag === 0 && !behind
    return { partitions, ...this.#counts, lag, fresh, replay: this.#progress }
  }

  /**
   * Rebuilds every table from the log beside the live ones, then swaps them; goes on where one before was cut off.
   * @throws AssayError `replay-incomplete-log`, `replay-overtaken`, `replay-running`, `schema-newer`, `shutting-down`
   */
  async replay(onProgress: (progress: Progress) => void): Promise<void> {
    if (this.#progress !== null) throw new AssayError('replay-running', 'Expected no replay under way; one is.')
    const { log, store, idWindow, clock, onError } = this.#o
    const { signal } = this.#stop
    const goals = () => this.#liveMarks()
    const rest = { log, store, idWindow, clock, onRetry: onError, signal, until: null }
    const onwards = (progress: Progress) => {
      this.#progress = progress
      onProgress(progress)
    }
    this.#progress = { phase: 'reading', done: 0, total: 0 }
    // Tables of a newer version would be exchanged for such as this one knows.
    this.#replaying = migrate(store).then(() => replayInto({ ...rest, goals, hold: this.#hold(), onProgress: onwards }))
    try {
      await this.#replaying
      // Moments follow from other tables now. Another process that leads learns of it by the hold.
      this.#schedule.follow()
    } finally {
      this.#progress = null
    }
  }

  /** For each partition the last offset stored, though somebody may have emptied the table that says so. */
  async #liveMarks(): Promise<number[]> {
    const marks = await lastMarks(this.#o.store.write, events)
    return partitionsOf(this.#o.log).map((p) => {
      return Math.max(marks.get(p) ?? -1, (this.#workers.get(p)?.writer.position ?? 0) - 1)
    })
  }

  #hold(): Hold {
    const { log, store } = this.#o
    if (store.shared) return holdOwners(store, log.partitions('assay.events'), this.#stop.signal)
    return async (swap) => {
      await Promise.all([...this.#workers.values()].map((w) => w.recovered))
      await this.#gate.pass(swap)
    }
  }

  /** Finishes the batches under way and leaves the partitions to others. */
  async close(): Promise<void> {
    this.#stop.abort(new AssayError('shutting-down', 'The aggregator is stopping.'))
    await this.#assigning
    await Promise.all([...this.#workers.values()].map((w) => w.stop()))
    await Promise.allSettled([this.#refreshing, this.#replaying])
    await this.#member.leave()
  }

  #assign(partitions: readonly number[]): void {
    this.#assigning = this.#assigning.then(() => this.#change(partitions))
  }

  /** Workers of partitions that stay go on undisturbed. */
  async #change(partitions: readonly number[]): Promise<void> {
    if (this.#stop.signal.aborted) return
    const { log, store, idWindow, clock, onError } = this.#o
    const lost = [...this.#workers.values()].filter((w) => !partitions.includes(w.partition))
    for (const { partition } of lost) this.#workers.delete(partition)
    for (const partition of partitions.filter((p) => !this.#workers.has(p))) {
      const rest = {
        log,
        store,
        idWindow,
        clock,
        onRetry: onError,
        member: this.#member,
        gate: this.#gate,
        buffers: this.#buffers,
      }
      const onStored = (batch: Batch, stored: Stored) => this.#stored(batch, stored)
      const onRecovered = () => this.#recovered(partition)
      this.#workers.set(partition, new Worker({ ...rest, partition, onStored, onRecovered }))
    }
    await Promise.all(lost.map((w) => w.stop()))
  }

  /** The tables hold what the last owner left, of whichever apps; and may be others than before, of which other moments follow. */
  #recovered(partition: number): void {
    if (partition === LEADING) this.#schedule.follow()
    else this.#schedule.markAll().catch(this.#o.onError)
  }

  #stored(batch: Batch, { stored, quarantined }: Stored): void {
    this.#counts.read += batch.read
    this.#counts.stored += stored
    this.#counts.quarantined += quarantined
    this.#counts.duplicates += batch.repeats.size
    this.#schedule.mark(batch.apps)
  }

  get #leads(): boolean {
    return this.#workers.has(LEADING)
  }

  async #refresh(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      const busy = await this.#snapshots().catch((error) => {
        this.#o.onError(error)
        return false
      })
      await pause(busy ? 0 : IDLE, signal).catch(() => {})
    }
  }

  /** Whether any were due. */
  async #snapshots(): Promise<boolean> {
    if (!this.#leads) {
      this.#schedule.follow()
      return false
    }
    if (!this.#schedule.leads) await this.#schedule.lead()
    this.#schedule.mark(await this.#others.changed(this.#workers))
    return this.#schedule.run()
  }
}
