import type { Store } from '@assay/core/store/store'
import { snapshot, type TestName } from './moments.js'

/**
 * A test rests after its moments were computed, the longer in proportion the longer that took: three times at the most,
 * and nine times while the log is behind, since results then wait for events more than for moments.
 */
const restAfter = (took: number, behind: boolean) => took * (behind ? 9 : Math.min(3, took / 5000))
/** Milliseconds between two snapshots of a test, at the least. */
const PERIOD = 250

/** Decides which tests' moments are computed when: those of apps that had events since, each within its budget. */
export class MomentsSchedule {
  readonly #store: Store
  readonly #clock: () => number
  readonly #logBehind: () => boolean
  #computing = false
  readonly #dirty = new Set<string>()
  readonly #tests = new Map<string, TestName & { dirty: boolean; dueAt: number }>()

  constructor(store: Store, clock: () => number, logBehind: () => boolean) {
    this.#store = store
    this.#clock = clock
    this.#logBehind = logBehind
  }

  /** Every test in the store, as after a start. */
  async markAll(): Promise<void> {
    const apps = await this.#store.write.query<{ app: string }>(
      "SELECT DISTINCT app FROM bucket_rollup WHERE app != ''",
    )
    this.mark(apps.map((a) => a.app))
  }

  /** Events of these apps were stored. */
  mark(apps: Iterable<string>): void {
    for (const app of apps) this.#dirty.add(app)
  }

  /** Whether stored events are still missing from the snapshots. */
  get behind(): boolean {
    return this.#computing || this.#dirty.size > 0 || [...this.#tests.values()].some((t) => t.dirty)
  }

  /** Computes what is due; says whether there was anything. */
  async run(): Promise<boolean> {
    this.#computing = true
    try {
      return await this.#computeDue()
    } finally {
      this.#computing = false
    }
  }

  async #computeDue(): Promise<boolean> {
    await this.#discover()
    const now = this.#clock()
    const due = [...this.#tests.values()].filter((t) => t.dirty && t.dueAt <= now)
    if (due.length === 0) return false
    for (const t of due) t.dirty = false
    try {
      await this.#compute(due)
    } catch (error) {
      for (const t of due) t.dirty = true
      throw error
    }
    return true
  }

  async #compute(due: (TestName & { dueAt: number })[]): Promise<void> {
    const started = this.#clock()
    const users = await snapshot(
      this.#store,
      due.map(({ app, test }) => ({ app, test })),
      started,
    )
    const took = this.#clock() - started
    const all = users.reduce((a, b) => a + b, 0) || 1
    due.forEach((t, i) => {
      t.dueAt = started + took + Math.max(PERIOD, restAfter(took * (users[i]! / all), this.#logBehind()))
    })
  }

  /** Tests are made by the events that name them, so an app with new events may have new tests. */
  async #discover(): Promise<void> {
    if (this.#dirty.size === 0) return
    const apps = [...this.#dirty]
    this.#dirty.clear()
    const found = await this.#store.read.query<TestName>(
      "SELECT DISTINCT app, test FROM bucket_rollup WHERE app IN {apps:Array(String)} AND test != ''",
      { apps },
    )
    for (const { app, test } of found) {
      const key = `${app}\n${test}`
      const known = this.#tests.get(key) ?? { app, test, dirty: true, dueAt: 0 }
      known.dirty = true
      this.#tests.set(key, known)
    }
  }
}
