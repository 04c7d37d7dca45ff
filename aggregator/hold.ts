import type { Store } from '@assay/core/store/store'
import { nanoid } from 'nanoid'
import { LAST_OWNER, settle } from './owners.js'

/** Runs a swap while nobody writes to the live tables. */
export type Hold = (swap: () => Promise<void>) => Promise<void>

/** Seconds for which a replay that died keeps the writers away. */
const HOLD = 60

/**
 * Holds the writers of every process: by a row in `owners` that fences them, and that none may follow with a row of its
 * own before its time is over. That only spares the swap from being disturbed: should it come late, or its process be
 * gone, owners go on, having torn its ticket. The release is a row as well, so that nobody waits for the time.
 */
export function holdOwners(store: Store, partitions: number, signal: AbortSignal): Hold {
  const { write } = store
  const own = (owner: string) =>
    write.command(
      `INSERT INTO owners SELECT number, (SELECT max(epoch) + 1 FROM owners), ${owner} FROM numbers(${partitions})`,
    )
  return async (swap) => {
    const name = nanoid()
    const until = `toString(toUnixTimestamp(now()) + ${HOLD})`
    // Who asked for a partition before may have its row written after this one; the next one then is the last.
    const holdsAll = async () => {
      const [row] = await write.query<{ n: number }>(
        `SELECT count() AS n FROM (
           SELECT ${LAST_OWNER} AS last FROM owners WHERE partition < ${partitions} GROUP BY partition
         ) WHERE endsWith(last, ':${name}')`,
      )
      return row!.n === partitions
    }
    try {
      do {
        await own(`concat('hold:', ${until}, ':${name}')`)
        await settle(store, '[0-9]+', signal)
      } while (!(await holdsAll()))
      await swap()
    } finally {
      // A release that fails is one that comes by itself.
      await own(`'released:${name}'`).catch(() => {})
    }
  }
}
