import type { Definitions } from '@assay/core/control/definitions'
import { definitionsAt } from '@assay/core/control/definitions-at'
import { type Log, partitionsOf } from '@assay/core/log/log'
import type { Store } from '@assay/core/store/store'
import { planOf } from '@assay/moments/plan'
import { MomentsSchedule } from './moments/schedule.js'
import { type RebuildOptions, rebuild } from './rebuild.js'

export interface PastOptions extends Omit<RebuildOptions, 'until' | 'ends'> {
  /** Unix milliseconds. */
  until: number
}

/**
 * Fills a new store with what was received up to an instant, and computes what follows, so that it is as a store was then.
 * Goes on with one that was cut off. @returns the records read
 */
export async function rebuildPast({ until, ...options }: PastOptions): Promise<number> {
  const { log, store } = options
  const ends = await Promise.all(partitionsOf(log).map((partition) => endBefore(log, partition, until)))
  await rebuild({ ...options, ends, until })
  await snapshot(store, ends, until, await definitionsAt(log, until))
  return ends.reduce((sum, end) => sum + end, 0)
}

/** The offset of a partition's first record received after an instant. Clocks of ingest agree as far as that is sharp. */
async function endBefore(log: Log, partition: number, instant: number): Promise<number> {
  let { start, end } = await log.bounds('assay.events', partition)
  while (start < end) {
    const middle = Math.floor((start + end) / 2)
    const [record] = await log.read('assay.events', partition, middle, { records: 1, bytes: 1 })
    if (record !== undefined && record.offset < end && record.received <= instant) start = record.offset + 1
    else end = middle
  }
  return end
}

/** The moments of every app, in place of those that another instant left. */
async function snapshot(
  store: Store,
  ends: readonly number[],
  instant: number,
  definitions: Definitions,
): Promise<void> {
  await store.compute.command('TRUNCATE TABLE moments')
  const schedule = new MomentsSchedule({
    store,
    clock: () => instant,
    positions: () => ends,
    behind: () => false,
    plan: (app) => planOf(definitions, app),
  })
  await schedule.lead()
  await schedule.run()
}
