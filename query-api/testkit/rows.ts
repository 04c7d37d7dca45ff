import type { Store } from '@assay/core/store/store'

interface EventRow {
  id?: string
  app?: string
  user?: string
  event?: string
  value?: number
  time: number
  tests?: Record<string, string>
  props?: Record<string, string>
}

let offset = 0

export const ndjson = (rows: readonly object[]) => Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))

/** Stores events as the aggregator does; what they leave out is of app `shop`, test `t` and branch `a`. */
export async function storeEvents(store: Store, events: readonly EventRow[]): Promise<void> {
  const rows = events.map((event) => ({
    ...{ id: `e${offset}`, app: 'shop', user: 'u', event: 'buy', value: 1, tests: { t: 'a' }, props: {} },
    ...{ partition: 0, offset: offset++, received: event.time },
    ...event,
  }))
  await store.write.insertLines('inbox', [ndjson(rows)], `test/${offset}`)
}

interface MomentsRow {
  app?: string
  test?: string
  /** Unix milliseconds. */
  as_of?: number
  event: string
  branch: string
  users: number
  converted?: number
  mean?: number
  m2?: number
  sum?: number
  crossover?: number
  identified?: number
  differing?: number
  shared?: number
  inferred?: number
  phase?: number
  means?: number[]
  comoments?: number[]
  steps?: number[]
  ranks?: number[]
  cap?: number
}

/** Stores one snapshot, as the aggregator does; of this test and time, and of app `shop`, unless rows say otherwise. */
export async function storeMoments(store: Store, test: string, asOf: string, rows: readonly MomentsRow[]) {
  const none = { converted: 0, mean: 0, m2: 0, sum: 0, crossover: 0, inferred: 0 }
  const whole = rows.map((row) => ({ app: 'shop', test, as_of: Date.parse(asOf), ...none, ...row }))
  await store.write.insertLines('moments', [ndjson(whole)], `${test}/${asOf}`)
}

/** A snapshot of users alone: counts by branch. */
export const usersOf = (counts: Record<string, number>): MomentsRow[] =>
  Object.entries(counts).map(([branch, users]) => ({ event: '', branch, users }))
