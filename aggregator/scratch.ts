import type { Store } from '@assay/core/store/store'
import { newName } from './new-name.js'

/** The tables in which moments are worked out. */
export interface Scratch {
  counted: string
  newcomers: string
  totals: string
}

/** Those of a store that one process has for itself. */
export const plain: Scratch = { counted: 'counted', newcomers: 'newcomers', totals: 'totals' }

/**
 * Tables for one who computes moments. Where processes share the store each has its own, and takes away those of the
 * ones before: should one of these still be at work, its snapshot fails, and nothing else does.
 */
export async function takeScratch({ compute, shared }: Store): Promise<Scratch> {
  if (!shared) return plain
  const names = Object.values(plain)
  const old = await compute.query<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = currentDatabase() AND match(name, '^(${names.join('|')})_')`,
  )
  for (const { name } of old) await compute.command(`DROP TABLE IF EXISTS ${name}`)
  const own = newName()
  for (const name of names) await compute.command(`CREATE TABLE ${name}_${own} AS ${name}`)
  return { counted: `counted_${own}`, newcomers: `newcomers_${own}`, totals: `totals_${own}` }
}
