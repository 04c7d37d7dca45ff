import { fingerprint, IdSet } from '@assay/aggregator/id-set'

/** The ids of a file, as 64-bit fingerprints: at most some 40 bytes each, however many they are. */
export class Ids {
  readonly #sets: IdSet[] = []
  readonly #print = new Uint32Array(2)
  #room = 0
  #size = 2 ** 15

  /** Whether it is new. */
  add(id: string): boolean {
    fingerprint('', id, this.#print)
    if (this.#sets.some((set) => set.has(this.#print))) return false
    if (this.#room === 0) {
      this.#size *= 2
      this.#room = this.#size
      this.#sets.push(new IdSet(this.#size))
    }
    this.#room--
    return this.#sets.at(-1)!.add(this.#print)
  }
}
