import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Keep, Line } from '../delivery/keep.js'
import { addressOf, hold, isHeld } from './holder.js'
import { Journal } from './journal.js'

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
  return new Spool(folder, bytes)
}

class Spool implements Keep {
  readonly #folder: string
  readonly #bytes: number
  readonly #id = [...crypto.getRandomValues(new Uint8Array(8))].map((b) => b.toString(16).padStart(2, '0')).join('')
  #files = 0
  #own: Journal | undefined
  #adopted: Journal | undefined
  #orphans: string[] = []
  #trouble = ''
  #handOver: Parameters<Keep['adopt']>[0] = () => {}

  constructor(folder: string, bytes: number) {
    this.#folder = folder
    this.#bytes = bytes
  }

  add(line: Line): void {
    if (this.#adopted?.live.has(line.id)) return
    try {
      if (!this.#own || this.#own.isGone) this.#own = this.#newJournal(this.#own)
      this.#own.add(line)
      this.#trouble = ''
    } catch (error) {
      // A full disk is told of once, not with every event.
      if (this.#trouble === `${error}`) return
      this.#trouble = `${error}`
      throw error
    }
  }

  remove(lines: readonly Line[]): void {
    try {
      this.#own?.remove(lines)
    } finally {
      this.#adopted?.remove(lines)
      this.#endAdopted()
      this.#adoptNext()
    }
  }

  async adopt(add: (line: Line) => void): Promise<void> {
    this.#handOver = add
    this.#orphans = await orphansOf(this.#folder, this.#id)
    this.#adoptNext()
  }

  /** A file of this process; where somebody removed the one before, with the folder or alone, one that has its lines. */
  #newJournal(gone?: Journal): Journal {
    if (gone) this.#hold()
    const journal = new Journal(this.#newFile(), this.#bytes)
    for (const line of gone?.live.values() ?? []) journal.add(line)
    gone?.end()
    return journal
  }

  #hold(): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    hold(this.#folder, this.#id)
  }

  #newFile(): string {
    if (this.#files === 0) this.#hold()
    return join(this.#folder, `${this.#id}.${this.#files++}.ndjson`)
  }

  /** One file's at a time, so that what waits in memory stays what fits into it. */
  #adoptNext(): void {
    let problem: unknown
    while (!this.#adopted && this.#orphans.length > 0) {
      try {
        this.#adoptFile(this.#orphans.shift()!)
      } catch (error) {
        problem ??= error
      }
    }
    if (problem) throw problem
  }

  #adoptFile(orphan: string): void {
    const path = this.#newFile()
    // Of several who try this at once, one succeeds.
    if (!rename(join(this.#folder, orphan), path)) return
    rmSync(addressOf(this.#folder, holderOf(orphan)), { force: true })
    rmSync(join(this.#folder, `${orphan}~`), { force: true })
    this.#adopted = new Journal(path, this.#bytes)
    const { live, torn } = this.#adopted
    for (const line of [...live.values()]) this.#handOver(line)
    this.#endAdopted()
    if (torn > 0) throw Error(`spool: ${torn} lines of ${orphan} could not be read`)
  }

  #endAdopted(): void {
    if (this.#adopted?.live.size !== 0) return
    this.#adopted.end()
    this.#adopted = undefined
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
