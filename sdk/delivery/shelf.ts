import type { Line } from './keep.js'

/** Milliseconds in which what went off with a page is sent again by the next one: the server knows it by its id. */
const UNSURE = 60_000

/** Lines in localStorage under `<name>/<page>/<id>`, those that a page answers for. */
export interface Shelf {
  has(id: string): boolean
  /** @throws Error if it does not fit, or if the oldest had to go for it */
  put(page: string, line: Line): void
  remove(lines: readonly Line[], isUnsure?: boolean): void
  /** The pages of which something is left. */
  pages(): Set<string>
  /** Answers for what is left of a page. @returns it, the oldest first */
  take(page: string): Line[]
}

export function createShelf(storage: Storage, name: string, characters: number): Shelf {
  /** By id, the oldest first. */
  const places = new Map<string, { key: string; json: string }>()
  /** By key, since when. */
  const unsure = new Map<string, number>()
  let room = characters

  const put = (key: string, { id, json }: Line) => {
    places.set(id, { key, json })
    room -= json.length
  }
  const erase = (id: string) => {
    const { key, json } = places.get(id)!
    places.delete(id)
    room += json.length
    storage.removeItem(key)
    return { key, json }
  }
  const keys = () => Object.keys(storage).filter((key) => key.startsWith(`${name}/`))
  /** What stands under a key, unless it has been delivered, or is not ours. */
  const read = (key: string) => {
    try {
      const [, since, json] = /^(\d*)(.*)/s.exec(storage.getItem(key)!)!
      const { id, time } = JSON.parse(json!)
      if (!since || Date.now() - +since < UNSURE) return { id, time, json: json! }
    } catch {}
  }

  return {
    has: (id) => places.has(id),
    put(page, line) {
      const key = page + line.id
      let gone = 0
      for (;;) {
        try {
          if (line.json.length > room) throw Error('offline: no room')
          storage.setItem(key, line.json)
          break
        } catch (full) {
          const [oldest] = places.keys()
          if (!oldest) throw full
          erase(oldest)
          gone++
        }
      }
      put(key, line)
      if (gone) throw Error(`offline: no room, ${gone} older events wait in memory alone`)
    },
    remove(lines, isUnsure) {
      const now = Date.now()
      for (const { id } of lines) {
        if (!places.has(id)) continue
        const { key, json } = erase(id)
        if (!isUnsure) continue
        storage.setItem(key, now + json)
        unsure.set(key, now)
      }
      const hasAnswered = lines.length && !isUnsure
      for (const [key, since] of unsure)
        if (hasAnswered || now - since > UNSURE) {
          storage.removeItem(key)
          unsure.delete(key)
        }
    },
    pages: () => new Set(keys().map((key) => key.slice(0, key.lastIndexOf('/') + 1))),
    take: (page) =>
      keys()
        .filter((key) => key.startsWith(page) && key !== page)
        .flatMap((key) => {
          const line = read(key)
          if (line) {
            put(key, line)
            storage.setItem(key, line.json)
          } else storage.removeItem(key)
          return line ?? []
        })
        .sort((a, b) => a.time - b.time),
  }
}
