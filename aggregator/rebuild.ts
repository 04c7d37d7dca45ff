import type { Log } from '@assay/core/log/log'
import { migrate } from '@assay/core/store/migrate'
import type { Store } from '@assay/core/store/store'
import { type Progress, replayInto } from './replay.js'

export interface RebuildOptions {
  log: Log
  store: Store
  idWindow: number
  /** For each partition the first offset that is left out. */
  ends: readonly number[]
  /** The instant that settled them; null for all there is. */
  until: number | null
  onProgress: (progress: Progress) => void
}

/** Failures in a row after which a rebuild ends, which is ten seconds: unlike a server, somebody waits for it. */
const PATIENCE = 14

/** Fills a new store, which nobody else writes to, from a log. @throws what the store failed of. */
export async function rebuild({ ends, onProgress, ...options }: RebuildOptions): Promise<void> {
  await migrate(options.store)
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
  const goals = async () => ends.map((end) => end - 1)
  const rest = { ...options, clock: Date.now, signal: stop.signal, goals, onRetry }
  await replayInto({ ...rest, hold: (swap) => swap(), onProgress: onwards })
}
