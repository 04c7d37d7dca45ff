import type { Store } from '@assay/core/store/store'
import { pause } from './pause.js'

/** Milliseconds between looks at statements that still run. */
const LOOK = 50

/** As SQL: the last of a partition's owners. */
export const LAST_OWNER = 'argMax(owner, (epoch, owner))'

/** As SQL: the last owner is a replay that holds the partition, and its time is not over. By the server's clock alone. */
export const HELD = `toUInt64OrZero(extract(${LAST_OWNER}, '^hold:([0-9]+):')) > toUnixTimestamp(now())`

/** Said by every statement that depends on who owns a partition, so that those which run can be found. */
export const noticeOf = (partition: number) => `partition ${partition} has another owner`

/** Resolves when no such statement of these partitions, a pattern, runs any more, though its answer may have been lost. */
export async function settle({ write }: Store, partitions: string, signal: AbortSignal): Promise<void> {
  // In two words, so that this very query, which each owner asks, is none of those it looks for.
  const running = `SELECT count() AS n FROM system.processes WHERE match(query, 'partition ${partitions} ' || 'has another owner')`
  for (;;) {
    const [row] = await write.query<{ n: number }>(running)
    if (row!.n === 0) return
    await pause(LOOK, signal)
  }
}
