import { AssayError } from '@assay/core/errors'
import type { Store } from '@assay/core/store/store'

/**
 * A partition that went from an owner on one shard to one on another would be counted on both, since each shard's marks
 * are of that shard; and a replay fills one shard and exchanges the tables of all.
 * @throws AssayError `store-sharded`
 */
export async function refuseShards({ write, dialect }: Store): Promise<void> {
  if (dialect.cluster === null) return
  // ClickHouse takes a macro in braces for a name in its statements, but not in its tables.
  const macro = /^\{(.+)\}$/.exec(dialect.cluster)?.[1]
  const [row] = await write.query<{ shards: number }>(
    `SELECT uniqExact(shard_num) AS shards FROM system.clusters
     WHERE cluster = ${macro === undefined ? '{name:String}' : 'getMacro({name:String})'}`,
    { name: macro ?? dialect.cluster },
  )
  if (row!.shards > 1) {
    throw new AssayError(
      'store-sharded',
      `Expected cluster ${dialect.cluster} to have one shard; it has ${row!.shards}.`,
    )
  }
}
