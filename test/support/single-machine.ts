import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Aggregator, type AggregatorOptions } from '@assay/aggregator/aggregator'
import { openLmdbLog } from '@assay/core/log/lmdb'
import type { Log } from '@assay/core/log/log'
import { openChdbStore } from '@assay/core/store/chdb'
import { migrate } from '@assay/core/store/migrate'
import { migrations } from '@assay/core/store/migrations'
import type { Store } from '@assay/core/store/store'

export interface Machine {
  log: Log
  store: Store
  /** Starts an aggregator that reports what it had to try again in `retries`. */
  start: (options?: Partial<AggregatorOptions>) => Promise<Aggregator>
  retries: unknown[]
  close: () => Promise<void>
}

let openStore: (path: string) => Promise<Store> = openChdbStore

/** Gives the machines of this file's tests another store than the embedded one. */
export function useStores(open: () => Promise<Store>): void {
  openStore = open
}

/** Whether tests run once more on such a store: of random ones, a few rounds will do there. */
export const isOnceMore = (): boolean => openStore !== openChdbStore

/** A log and a store of their own, as `assay up` has them; `steps` are those of the store's schema. */
export async function openMachine(steps = migrations): Promise<Machine> {
  const path = mkdtempSync(join(tmpdir(), 'assay-machine-'))
  const store = await openStore(join(path, 'store'))
  await migrate(store, steps)
  const log = openLmdbLog(join(path, 'log'))
  const retries: unknown[] = []
  return {
    log,
    store,
    retries,
    start: (options) => Aggregator.start({ log, store, onError: (e) => retries.push(e), ...options }),
    async close() {
      await store.close()
      await log.close()
      rmSync(path, { recursive: true, force: true })
    },
  }
}

/** Resolves when every acknowledged record is in the tables. */
export async function settled(aggregator: Aggregator): Promise<void> {
  while ((await aggregator.status()).lag > 0) await new Promise((resolve) => setTimeout(resolve, 20))
}
