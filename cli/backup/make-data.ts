import { mkdirSync, renameSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { flushFolder, removedAtExit } from './folder.js'
import { KEYS } from './manifest.js'

/** Makes a data directory of the log, keys and store that `fill` puts into a folder; of a failure nothing is left. */
export async function makeData(data: string, fill: (work: string) => Promise<void>): Promise<void> {
  // Inside the directory, which may be the root of a disk of its own.
  const work = join(data, 'restoring')
  const made = mkdirSync(data, { recursive: true, mode: 0o700 })
  mkdirSync(work, { mode: 0o700 })
  const keep = removedAtExit(made === undefined ? work : data)
  await fill(work)
  // The log first: a server started on whatever of this is there counts right.
  for (const name of ['log', KEYS, 'store']) renameSync(join(work, name), join(data, name))
  rmdirSync(work)
  flushFolder(data)
  keep()
}
