import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import type { Line } from '../delivery/keep.js'

/** Events on disk, as a file that is only ever added to: an event's line, or the list of the ids of those that are gone. */
export class Journal {
  /** What is on disk and not gone, by id, oldest first. */
  readonly live: Map<string, Line>
  /** Lines that could not be read, such as one that its process died over. */
  readonly torn: number
  readonly #path: string
  readonly #bytes: number
  #fd: number
  #size: number

  /** @param bytes that the file may have; a longer one is written anew with its newest lines */
  constructor(path: string, bytes: number) {
    this.#path = path
    this.#bytes = bytes
    this.#fd = openSync(path, APPEND, 0o600)
    const text = readFileSync(path, 'utf8')
    this.#size = Buffer.byteLength(text)
    const { live, torn } = fold(text)
    this.live = live
    this.torn = torn
  }

  /** @throws Error if it cannot be written, or older ones had to go for it */
  add(line: Line): void {
    const data = lineOf(line.json)
    const gone = this.#fits(data) ? 0 : this.#rewrite()
    if (!this.#fits(data)) throw Error(`spool: expected an event of at most ${this.#bytes / 2} bytes`)
    this.#put(data)
    this.live.set(line.id, line)
    if (gone > 0) throw Error(`spool: ${this.#path} is full; its ${gone} oldest events wait in memory alone`)
  }

  /** Whether somebody removed the file, so that nobody will find what is written to it. */
  get isGone(): boolean {
    return fstatSync(this.#fd).nlink === 0
  }

  /** Forgets those that it has. */
  remove(lines: readonly Line[]): void {
    const gone = lines.map(({ id }) => id).filter((id) => this.live.delete(id))
    if (gone.length === 0) return
    const data = lineOf(JSON.stringify(gone))
    if (this.live.size === 0) {
      ftruncateSync(this.#fd)
      this.#size = 0
    } else if (this.#fits(data)) this.#put(data)
    else this.#rewrite()
  }

  /** Takes the file away. */
  end(): void {
    closeSync(this.#fd)
    rmSync(this.#path, { force: true })
  }

  #fits(data: Buffer): boolean {
    return this.#size + data.length <= this.#bytes
  }

  // Led by the end of the line before, so that one cut off by a full disk or a crash stays apart from the next.
  #put(data: Buffer): void {
    const written = writeSync(this.#fd, data)
    this.#size += written
    if (written < data.length) throw Error(`spool: ${this.#path} took ${written} of ${data.length} bytes`)
  }

  /** @returns how many had to go */
  #rewrite(): number {
    const kept = newest([...this.live.values()], this.#bytes / 2)
    const data = Buffer.concat(kept.map(({ json }) => lineOf(json)))
    const fresh = replace(this.#path, data)
    closeSync(this.#fd)
    this.#fd = fresh
    this.#size = data.length
    const gone = this.live.size - kept.length
    this.live.clear()
    for (const line of kept) this.live.set(line.id, line)
    return gone
  }
}

const lineOf = (json: string) => Buffer.from(`\n${json}`)

/** Puts another file in the place of one, whole or not at all. @returns its descriptor */
function replace(path: string, data: Buffer): number {
  const fresh = openSync(`${path}~`, APPEND | constants.O_TRUNC, 0o600)
  try {
    if (writeSync(fresh, data) < data.length) throw Error(`spool: no room to write ${path} anew`)
    renameSync(`${path}~`, path)
    return fresh
  } catch (error) {
    closeSync(fresh)
    rmSync(`${path}~`, { force: true })
    throw error
  }
}

const APPEND = constants.O_CREAT | constants.O_APPEND | constants.O_RDWR

/** What a journal's text comes to. */
function fold(text: string): { live: Map<string, Line>; torn: number } {
  const live = new Map<string, Line>()
  let torn = 0
  for (const json of text.split('\n')) {
    if (json === '') continue
    try {
      const said: unknown = JSON.parse(json)
      if (Array.isArray(said)) for (const id of said) live.delete(id)
      else live.set(idOf(said), { id: idOf(said), json })
    } catch {
      torn++
    }
  }
  return { live, torn }
}

function idOf(event: unknown): string {
  const { id } = event as { id?: unknown }
  if (typeof id !== 'string') throw Error('expected an event')
  return id
}

/** The last lines that fit into so many bytes. */
function newest(lines: Line[], bytes: number): Line[] {
  let left = bytes
  const first = lines.findLastIndex(({ json }) => {
    left -= Buffer.byteLength(json) + 1
    return left < 0
  })
  return lines.slice(first + 1)
}
