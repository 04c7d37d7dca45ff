import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Keep } from '../delivery/keep.js'
import { addressOf, hold, isHeld } from './holder.js'
import { type Journal, openJournal } from './journal.js'

/** Bytes of one process's file at the most. */
const BYTES = 16 * 1024 * 1024
/** `<holder>.<number>.ndjson` */
const FILE = /^[0-9a-f]{16}\.\d+\.ndjson$/

/**
 * Keeps events that wait in a folder of this machine, so that they outlive the process: each process writes files of its
 * own, and takes over those whose process is gone. Survives crashes of the process; the disk's own cache is not flushed.
 * A file that reaches its bytes, 16 MB, keeps the newest half of them; older events then wait in memory alone.
 */
export function spool(folder: string, { bytes = BYTES }: { bytes?: number } = {}): Keep {
  const id = [...crypto.getRandomValues(new Uint8Array(8))].map((b) => b.toString(16).padStart(2, '0')).join('')
  let files = 0
  let own: Journal | undefined
  let adopted: Journal | undefined
  let orphans: string[] = []
  let trouble = ''
  let handOver: Parameters<Keep['adopt']>[0] = () => {}

  const newFile = () => {
    if (files === 0) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      hold(folder, id)
    }
    return join(folder, `${id}.${files++}.ndjson`)
  }
  /** One file's at a time, so that what waits in memory stays what fits into it. */
  const adoptNext = () => {
    let problem: unknown
    while (!adopted && orphans.length > 0) {
      try {
        adoptFile(orphans.shift()!)
      } catch (error) {
        problem ??= error
      }
    }
    if (problem) throw problem
  }
  const adoptFile = (orphan: string) => {
    const path = newFile()
    // Of several who try this at once, one succeeds.
    if (!rename(join(folder, orphan), path)) return
    rmSync(addressOf(folder, holderOf(orphan)), { force: true })
    rmSync(join(folder, `${orphan}~`), { force: true })
    adopted = openJournal(path, bytes)
    const { live, torn } = adopted
    for (const line of [...live.values()]) handOver(line)
    endAdopted()
    if (torn > 0) throw Error(`spool: ${torn} lines of ${orphan} could not be read`)
  }
  const endAdopted = () => {
    if (adopted?.live.size !== 0) return
    adopted.end()
    adopted = undefined
  }
  return {
    add(line) {
      if (adopted?.live.has(line.id)) return
      try {
        own ??= openJournal(newFile(), bytes)
        own.add(line)
        trouble = ''
      } catch (error) {
        // A full disk is told of once, not with every event.
        if (trouble === `${error}`) return
        trouble = `${error}`
        throw error
      }
    },
    remove(lines) {
      try {
        own?.remove(lines)
      } finally {
        adopted?.remove(lines)
        endAdopted()
        adoptNext()
      }
    },
    async adopt(add) {
      handOver = add
      orphans = await orphansOf(folder, id)
      adoptNext()
    },
  }
}

const holderOf = (file: string) => file.slice(0, 16)

/** Files whose process is gone. */
async function orphansOf(folder: string, id: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const files = readdirSync(folder).filter((file) => FILE.test(file) && holderOf(file) !== id)
  const held = await Promise.all(files.map((file) => isHeld(folder, holderOf(file))))
  return files.filter((_, i) => !held[i])
}

function rename(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
