import type { Moments } from '@assay/aggregator/moments/moments'
import type { Event } from '@assay/core/event'
import { INBOX } from '@assay/core/store/schema'
import type { Store } from '@assay/core/store/store'
import type { Plan } from '@assay/moments/plan'
import { study } from '@assay/moments/study'
import type { SnapshotRow } from '@assay/query-api/analysis/snapshot'
import { askOf } from '@assay/query-api/study/ask'
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

  /** The app's last snapshot of each test, after one of all that was logged. */
  async take(moments: Moments, plan: Plan = []): Promise<(SnapshotRow & { test: string })[]> {
    const asOf = NOON + 60_000 * ++this.#snapshots
    await moments.snapshot([this.#logged.length], asOf, plan)
    return this.#store.read.query(
      `SELECT * EXCEPT (app, as_of) FROM moments
       WHERE test != '' AND (app, test, as_of) IN (
         SELECT app, test, max(as_of) FROM moments
         WHERE app = (SELECT any(app) FROM moments WHERE toUnixTimestamp64Milli(as_of) = ${asOf}) GROUP BY app, test
       ) ORDER BY test, event, branch`,
    )
  }

  /** The tests of which a snapshot has rows. */
  async computed(moments: Moments, plan: Plan): Promise<string[]> {
    await this.take(moments, plan)
    const rows = await this.#store.read.query<{ test: string }>(
      "SELECT DISTINCT test FROM moments WHERE test != '' AND as_of = (SELECT max(as_of) FROM moments) ORDER BY test",
    )
    return rows.map(({ test }) => test)
  }

  /** That the tables, asked at once about one test, agree with the definition. */
  async checkStudy(app: string, test: string): Promise<void> {
    const asked = { app, test, phases: [], metrics: [], asOf: NOON, crossed: true }
    const rows = (await study(askOf(this.#store.exports), asked)) as unknown as (SnapshotRow & { test: string })[]
    const byPlace = rows.sort((a, b) => (`${a.event} ${a.branch}` < `${b.event} ${b.branch}` ? -1 : 1))
    expectEqual(
      byPlace,
      expected(this.#logged, app).filter((row) => row.test === test),
    )
  }

  /** That a snapshot agrees with the definition. */
  async check(moments: Moments, app: string): Promise<void> {
    expectEqual(await this.take(moments), expected(this.#logged, app))
  }
}
