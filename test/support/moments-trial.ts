import type { Moments } from '@assay/aggregator/moments/moments'
import type { Plan } from '@assay/aggregator/moments/plan'
import type { Event } from '@assay/core/event'
import { INBOX } from '@assay/core/store/schema'
import type { Store } from '@assay/core/store/store'
import type { SnapshotRow } from '@assay/query-api/analysis/snapshot'
import { event, NOON } from './entry.js'
import { expectEqual, expected } from './expected-moments.js'

/** Events put straight into the tables, and snapshots of them. */
export class MomentsTrial {
  readonly #store: Store
  readonly #logged: Event[] = []
  #snapshots = 0

  constructor(store: Store) {
    this.#store = store
  }

  /** Puts events into the tables at the next offsets. */
  async log(events: readonly (Partial<Event> & { id: string })[]): Promise<void> {
    if (events.length === 0) return
    const from = this.#logged.length
    const lines = events.map((fields, i) => `${JSON.stringify({ partition: 0, offset: from + i, ...event(fields) })}\n`)
    await this.#store.write.insertLines(INBOX, [Buffer.from(lines.join(''))], `upto-${from}`)
    this.#logged.push(...events.map(event))
  }

  /** The snapshot of all that was logged. */
  async take(moments: Moments, plan: Plan = []): Promise<(SnapshotRow & { test: string })[]> {
    const asOf = NOON + 60_000 * ++this.#snapshots
    await moments.snapshot([this.#logged.length], asOf, plan)
    return this.#store.read.query(
      `SELECT * EXCEPT (app, as_of) FROM moments
       WHERE toUnixTimestamp64Milli(as_of) = ${asOf} ORDER BY test, event, branch`,
    )
  }

  /** That a snapshot agrees with the definition. */
  async check(moments: Moments, app: string): Promise<void> {
    expectEqual(await this.take(moments), expected(this.#logged, app))
  }
}
