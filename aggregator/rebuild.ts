import type { Log } from '@assay/core/log/log'
import { migrate } from '@assay/core/store/migrate'
import type { Store } from '@assay/core/store/store'
import { Gate } from './follow.js'
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
  const ends = Array.from({ length: log.partitions('assay.events') }, async (_, partition) => {
    return { partition, position: (await log.bounds('assay.events', partition)).end }
  })
  const live = await Promise.all(ends)
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
  const rest = { log, store, idWindow, clock: Date.now, gate: new Gate(), signal: stop.signal }
  await replayInto({ ...rest, live, onRetry, onProgress: onwards })
}
