import type { Reads } from './reads.js'

/** How far an import is counted, so that one that was cut off can go on where it stopped. */
export async function readImport(reads: Reads, app: string, digest: string): Promise<{ rows: number; next: number }> {
  const [row] = await reads.query<{ rows: number; next: number }>(
    `WITH (SELECT groupBitmapMergeState(rows) FROM imports WHERE app = {app:String} AND digest = {digest:String}) AS seen
     SELECT bitmapCardinality(seen) AS rows, bitmapMin(bitmapAndnot(bitmapBuild(range(toUInt32(rows + 1))), seen)) AS next`,
    { app, digest },
  )
  return row!
}

/**
 * Whether all that is known of a test was imported. An app without any import is told at once; of others the engine
 * remembers which parts hold no live event of the test, so that only the first look reads them.
 */
export async function isImported(reads: Reads, app: string, test: string): Promise<boolean> {
  const imports = await reads.query('SELECT 1 FROM imports WHERE app = {app:String} LIMIT 1', { app })
  if (imports.length === 0) return false
  const live = await reads.query(
    `SELECT 1 FROM events
     WHERE app = {app:String} AND mapContains(tests, {test:String}) AND NOT startsWith(id, 'import:') LIMIT 1`,
    { app, test },
  )
  return live.length === 0
}
