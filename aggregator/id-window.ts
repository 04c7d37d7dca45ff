/**
 * The ids of the last log records, by app. Generations of `size` offsets, the current one and the one before: an id is
 * remembered for at least `size` records. Whether a record repeats an earlier one so depends on the log alone, never on
 * how it was cut into batches or on what a table holds already.
 */
export class IdWindow {
  readonly size: number
  #generation = 0
  #current = new Ids()
  #previous = new Ids()

  constructor(size: number) {
    this.size = size
  }

  /** The first offset whose id matters to the record at `offset`. */
  reach(offset: number): number {
    return Math.max(0, (Math.floor(offset / this.size) - 1) * this.size)
  }

  /** Takes in the id of the record at `offset`, in order, and says whether it was there before. */
  take(offset: number, app: string, id: string): boolean {
    const generation = Math.floor(offset / this.size)
    if (generation !== this.#generation) {
      this.#previous = generation === this.#generation + 1 ? this.#current : new Ids()
      this.#current = new Ids()
      this.#generation = generation
    }
    return !this.#current.add(app, id) || this.#previous.has(app, id)
  }
}

/** Clients choose ids, so one app's must not shadow another's. */
class Ids {
  readonly #byApp = new Map<string, Set<string>>()

  has(app: string, id: string): boolean {
    return this.#byApp.get(app)?.has(id) ?? false
  }

  /** Whether it was new. */
  add(app: string, id: string): boolean {
    let ids = this.#byApp.get(app)
    if (ids === undefined) {
      ids = new Set()
      this.#byApp.set(app, ids)
    }
    const before = ids.size
    return ids.add(id).size > before
  }
}
