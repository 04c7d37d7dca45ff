import type { Store } from '@assay/core/store/store'
import { type Tables, tableNames } from '@assay/moments/tables'
import { newName } from '../new-name.js'

const named = (suffix: string) => Object.fromEntries(tableNames.map((name) => [name, name + suffix])) as Tables

/** Those of a store that one process has for itself. */
export const plain = named('')

/**
 * Tables for one who computes moments. Where processes share the store each has its own, and takes away those of the
 * ones before: should one of these still be at work, its snapshot fails, and nothing else does.
 */
export async function takeScratch({ compute, shared }: Store): Promise<Tables> {
  if (!shared) return plain
  const old = await compute.query<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = currentDatabase() AND match(name, '^(${tableNames.join('|')})_')`,
  )
  for (const { name } of old) await compute.command(`DROP TABLE IF EXISTS ${name}`)
  const suffix = `_${newName()}`
  for (const name of tableNames) await compute.command(`CREATE TABLE ${name}${suffix} AS ${name}`)
  return named(suffix)
}
