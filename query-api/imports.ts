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
