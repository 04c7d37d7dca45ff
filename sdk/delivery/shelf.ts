import type { Line } from './keep.js'

/** Milliseconds in which what went off with a page is sent again by the next one: the server knows it by its id. */
const UNSURE = 60_000

/** Lines in localStorage under `<name>/<page>/<id>`, those that a page answers for. */
export class Shelf {
  readonly #storage: Storage
  readonly #name: string
  /** Characters that still fit. */
  #room: number
  /** By id, the oldest first. */
  readonly #places = new Map<string, { key: string; json: string }>()
  /** By key, since when. */
  readonly #unsure = new Map<string, number>()

  constructor(storage: Storage, name: string, characters: number) {
    this.#storage = storage
    this.#name = name
    this.#room = characters
  }

  has(id: string): boolean {
    return this.#places.has(id)
  }

  /** @throws Error if it does not fit, or if the oldest had to go for it */
  put(page: string, line: Line): void {
    let gone = 0
    while (!this.#fits(page, line)) gone++
    if (gone) throw Error(`offline: no room, ${gone} older events wait in memory alone`)
  }

  /** Forgets what was delivered; or, where that is not sure, leaves it for a while to the pages that come after. */
  remove(lines: readonly Line[], isUnsure?: boolean): void {
    const now = Date.now()
    for (const { id } of lines) {
      if (!this.has(id)) continue
      const { key, json } = this.#erase(id)
      if (!isUnsure) continue
      this.#storage.setItem(key, now + json)
      this.#unsure.set(key, now)
    }
    const hasAnswered = lines.length && !isUnsure
    for (const [key, since] of this.#unsure)
      if (hasAnswered || now - since > UNSURE) {
        this.#storage.removeItem(key)
        this.#unsure.delete(key)
      }
  }

  /** The pages of which something is left. */
  pages(): Set<string> {
    return new Set(this.#keys(`${this.#name}/`).map((key) => key.slice(0, key.lastIndexOf('/') + 1)))
  }

  /** Answers for what is left of a page. @returns it, the oldest first */
  take(page: string): Line[] {
    return this.#keys(page)
      .filter((key) => key !== page)
      .flatMap((key) => this.#takeOver(key) ?? [])
      .sort((a, b) => a.time - b.time)
  }

  /** Puts a line, or makes room by the oldest. @throws Error if there is none */
  #fits(page: string, line: Line): boolean {
    try {
      if (line.json.length > this.#room) throw Error('offline: no room')
      this.#write(page + line.id, line)
      return true
    } catch (full) {
      const [oldest] = this.#places.keys()
      if (!oldest) throw full
      this.#erase(oldest)
      return false
    }
  }

  #write(key: string, { id, json }: Line) {
    this.#storage.setItem(key, json)
    this.#places.set(id, { key, json })
    this.#room -= json.length
  }

  #erase(id: string) {
    const place = this.#places.get(id)!
    this.#places.delete(id)
    this.#room += place.json.length
    this.#storage.removeItem(place.key)
    return place
  }

  #keys(start: string): string[] {
    return Object.keys(this.#storage).filter((key) => key.startsWith(start))
  }

  /** What stands under a key, unless it has been delivered, or is not ours. */
  #takeOver(key: string): (Line & { time: number }) | undefined {
    const line = read(this.#storage.getItem(key)!)
    if (line) this.#write(key, line)
    else this.#storage.removeItem(key)
    return line
  }
}

function read(text: string): (Line & { time: number }) | undefined {
  try {
    const [, since, json] = /^(\d*)(.*)/s.exec(text)!
    const { id, time } = JSON.parse(json!)
    if (!since || Date.now() - +since < UNSURE) return { id, time, json: json! }
  } catch {}
}
