import type { Store } from '@assay/core/store/store'
import { Moments, type Positions } from './moments.js'

/**
 * An app rests after its moments were computed, the longer in proportion the longer that took: three times at the most,
 * and nine times while the log is behind, since results then wait for events more than for moments.
 */
const restAfter = (took: number, behind: boolean) => took * (behind ? 9 : Math.min(3, took / 5000))
/** Milliseconds from the start of one snapshot of an app to that of the next, at the least. */
const PERIOD = 250

export interface ScheduleOptions {
  store: Store
  clock: () => number
  /** What the tables hold now. */
  positions: () => Positions
  /** Whether the tables are far behind the log. */
  behind: () => boolean
}

/** Decides which apps' moments are computed when: those that had events since, each within its budget. */
export class MomentsSchedule {
  readonly #o: ScheduleOptions
  readonly #apps = new Map<string, { moments: Moments; dirty: boolean; dueAt: number }>()
  #computing = false

  constructor(options: ScheduleOptions) {
    this.#o = options
  }

  /** Every app in the store, as after a start. */
  async markAll(): Promise<void> {
    const sql = "SELECT DISTINCT app FROM bucket_rollup WHERE app != ''"
    const apps = await this.#o.store.write.query<{ app: string }>(sql)
    this.mark(apps.map((a) => a.app))
  }

  /** Events of these apps were stored. */
  mark(apps: Iterable<string>): void {
    for (const app of apps) {
      const known = this.#apps.get(app)
      if (known !== undefined) known.dirty = true
      else this.#apps.set(app, { moments: new Moments(this.#o.store, app), dirty: true, dueAt: 0 })
    }
  }

  /** Whether stored events are still missing from the snapshots. */
  get behind(): boolean {
    return this.#computing || [...this.#apps.values()].some((a) => a.dirty)
  }

  /** Computes what is due; says whether there was anything. */
  async run(): Promise<boolean> {
    const { clock, positions, behind } = this.#o
    const due = [...this.#apps.values()].filter((a) => a.dirty && a.dueAt <= clock())
    this.#computing = due.length > 0
    try {
      for (const app of due) {
        const started = clock()
        app.dirty = false
        try {
          await app.moments.snapshot(positions(), started)
        } catch (error) {
          app.dirty = true
          throw error
        } finally {
          const took = clock() - started
          app.dueAt = started + Math.max(PERIOD, took + restAfter(took, behind()))
        }
      }
    } finally {
      this.#computing = false
    }
    return due.length > 0
  }
}
