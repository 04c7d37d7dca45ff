/**
 * The ids of the last `size` log records, in order: whether a record repeats an earlier one depends on the log alone,
 * never on how it was cut into batches or what a table already holds.
 */
export class IdWindow {
  readonly size: number
  readonly #ring: string[] = []
  readonly #counts = new Map<string, number>()
  #next = 0

  constructor(size: number) {
    this.size = size
  }

  /** Takes the next record's id in and says whether it was among the `size` records before it. */
  take(id: string): boolean {
    const seen = this.#counts.has(id)
    this.#evict()
    this.#ring[this.#next] = id
    this.#next = (this.#next + 1) % this.size
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1)
    return seen
  }

  #evict(): void {
    const old = this.#ring[this.#next]
    if (old === undefined) return
    const count = this.#counts.get(old)! - 1
    if (count === 0) this.#counts.delete(old)
    else this.#counts.set(old, count)
  }
}
