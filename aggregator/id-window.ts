import { fingerprint, IdSet } from './id-set.js'

/**
 * The ids of the last log records, by app. Generations of `size` offsets, the current one and the one before: an id is
 * remembered for at least `size` records. Whether a record repeats an earlier one so depends on the log alone, never on
 * how it was cut into batches or on what a table holds already.
 */
export class IdWindow {
  readonly size: number
  #generation = 0
  #current: IdSet
  #previous: IdSet
  readonly #id = new Uint32Array(2)

  constructor(size: number) {
    this.size = size
    this.#current = new IdSet(size)
    this.#previous = new IdSet(size)
  }

  /** The first offset whose id matters to the record at `offset`. */
  reach(offset: number): number {
    return Math.max(0, (Math.floor(offset / this.size) - 1) * this.size)
  }

  /** Takes in the id of the record at `offset`, in order, and says whether it was there before. */
  take(offset: number, app: string, id: string): boolean {
    const generation = Math.floor(offset / this.size)
    if (generation !== this.#generation) {
      this.#previous = generation === this.#generation + 1 ? this.#current : new IdSet(this.size)
      this.#current = new IdSet(this.size)
      this.#generation = generation
    }
    fingerprint(app, id, this.#id)
    return !this.#current.add(this.#id) || this.#previous.has(this.#id)
  }
}
