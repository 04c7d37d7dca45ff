import type { Log } from '@assay/core/log/log'
import { migrate } from '@assay/core/store/migrate'
import type { Store } from '@assay/core/store/store'
import { type Progress, replayInto } from './replay.js'

export interface RebuildOptions {
  log: Log
  store: Store
  idWindow: number
  onProgress: (progress: Progress) => void
}

/** Failures in a row after which a rebuild ends, which is ten seconds: unlike a server, somebody waits for it. */
const PATIENCE = 14

/** Fills a new store from the whole of a log to which nothing is added meanwhile. @throws what the store failed of. */
export async function rebuild({ log, store, idWindow, onProgress }: RebuildOptions): Promise<void> {
  await migrate(store)
  const partitions = Array.from({ length: log.partitions('assay.events') }, (_, p) => p)
  const goals = async () => Promise.all(partitions.map(async (p) => (await log.bounds('assay.events', p)).end - 1))
  const stop = new AbortController()
  let failures = 0
  const onRetry = (error: unknown) => {
    failures += 1
    if (failures > PATIENCE) stop.abort(error)
  }
  const onwards = (progress: Progress) => {
    failures = 0
    onProgress(progress)
  }
  const rest = { log, store, idWindow, until: null, clock: Date.now, signal: stop.signal }
  await replayInto({ ...rest, goals, hold: (swap) => swap(), onRetry, onProgress: onwards })
}
