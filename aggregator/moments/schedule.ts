import type { Store } from '@assay/core/store/store'
import type { Plan } from '@assay/moments/plan'
import type { Tables } from '@assay/moments/tables'
import type { Positions } from '@assay/moments/totals'
import { isTableGone } from '../store-errors.js'
import { Moments } from './moments.js'
import { takeScratch } from './scratch.js'

/** An app rests after its moments were computed, the longer in proportion the longer that took, up to two minutes. */
const restAfter = (took: number) => Math.min(120_000, took * Math.min(3, took / 5000))
/** Milliseconds from the start of one snapshot of an app to that of the next, at the least. */
const PERIOD = 250
/** The same while the tables are far behind the log: results then wait for events more than for moments. */
const PERIOD_BEHIND = 10_000
/** Milliseconds after which it is looked whose windows have closed meanwhile. */
const PERIOD_WINDOWS = 60_000

export interface ScheduleOptions {
  store: Store
  clock: () => number
  /** What the tables hold now. */
  positions: () => Positions
  /** Whether the tables are far behind the log. */
  behind: () => boolean
  /** What an app's definitions ask for. */
  plan: (app: string) => Plan
}

interface App {
  name: string
  moments: Moments
  dirty: boolean
  /** When its last snapshot was started; for a new one, when its first event came. Not by the clock, which may jump. */
  started: number
  restsUntil: number
}

/** Decides which apps' moments are computed when: those that had events since, each within its budget. */
export class MomentsSchedule {
  readonly #o: ScheduleOptions
  readonly #apps = new Map<string, App>()
  /** Null until this process computes moments. */
  #scratch: Tables | null = null
  #computing = false

  constructor(options: ScheduleOptions) {
    this.#o = options
  }

  /** From here on this process computes the moments, of every app, and from nothing. */
  async lead(): Promise<void> {
    // Until it is known which apps there are, all of them are missing.
    this.#computing = true
    try {
      this.#scratch = await takeScratch(this.#o.store)
      this.#apps.clear()
      await this.markAll()
    } catch (error) {
      this.follow()
      throw error
    } finally {
      this.#computing = false
    }
  }

  /** Another process does; or this one, once it leads again. */
  follow(): void {
    this.#scratch = null
  }

  get leads(): boolean {
    return this.#scratch !== null
  }

  /** Every app in the store. */
  async markAll(): Promise<void> {
    const sql = "SELECT DISTINCT app FROM bucket_rollup WHERE app != ''"
    const apps = await this.#o.store.read.query<{ app: string }>(sql)
    this.mark(apps.map((a) => a.app))
  }

  /** Events of these apps were stored. */
  mark(apps: Iterable<string>): void {
    if (this.#scratch === null) return
    for (const app of apps) {
      const known = this.#apps.get(app)
      if (known !== undefined) known.dirty = true
      else this.#apps.set(app, this.#newApp(app))
    }
  }

  /** Whether stored events are still missing from the snapshots. */
  get behind(): boolean {
    return this.#computing || [...this.#apps.values()].some((a) => a.dirty)
  }

  /** Computes what is due; says whether there was anything. */
  async run(): Promise<boolean> {
    const due = [...this.#apps.values()].filter((app) => this.#isDue(app))
    this.#computing = due.length > 0
    try {
      for (const app of due) await this.#compute(app)
    } finally {
      this.#computing = false
    }
    return due.length > 0
  }

  #newApp(app: string): App {
    return {
      name: app,
      moments: new Moments(this.#o.store, app, this.#scratch!),
      dirty: true,
      started: performance.now(),
      restsUntil: 0,
    }
  }

  #isDue({ moments, dirty, started, restsUntil }: App): boolean {
    const now = performance.now()
    if (!dirty) return moments.isPending && now >= started + PERIOD_WINDOWS
    return now >= restsUntil && (!this.#o.behind() || now >= started + PERIOD_BEHIND)
  }

  async #compute(app: App): Promise<void> {
    const { clock, positions, plan } = this.#o
    app.started = performance.now()
    app.dirty = false
    try {
      await app.moments.snapshot(positions(), clock(), plan(app.name))
    } catch (error) {
      app.dirty = true
      // A former leader, late with its own tables, took away those of this one.
      if (isTableGone(error)) this.follow()
      throw error
    } finally {
      const took = performance.now() - app.started
      app.restsUntil = app.started + Math.max(PERIOD, took + restAfter(took))
    }
  }
}
