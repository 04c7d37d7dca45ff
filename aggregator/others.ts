import { facts } from '@assay/core/store/schema'
import type { Store } from '@assay/core/store/store'
import type { Positions } from '@assay/moments/totals'
import { lastMarks } from './tables.js'
import type { Worker } from './worker.js'

/** Milliseconds between looks at what other processes stored. */
const LOOK = 500

type Workers = ReadonlyMap<number, Worker>

/** What the tables hold of partitions that other processes write, by the marks. */
export class Others {
  readonly #store: Store
  readonly #partitions: number
  /** By partition, the first offset not known to be stored. */
  #positions: Positions
  #looked = -Infinity

  constructor(store: Store, partitions: number) {
    this.#store = store
    this.#partitions = partitions
    this.#positions = Array.from({ length: partitions }, () => 0)
  }

  /**
   * For each partition the first offset not in the tables; of others' partitions at least as of the last look. None goes
   * back when a partition changes hands: what was folded into users' totals would be folded once more.
   */
  positions(own: Workers): Positions {
    this.#positions = this.#positions.map((position, p) => Math.max(position, own.get(p)?.writer.position ?? 0))
    return this.#positions
  }

  /** Apps of others' events stored since the last look. */
  async changed(own: Workers): Promise<string[]> {
    if (own.size === this.#partitions || performance.now() < this.#looked + LOOK) return []
    this.#looked = performance.now()
    const { read } = this.#store
    const marks = [...(await lastMarks(read, facts))]
    const moved = marks.filter(([partition, mark]) => !own.has(partition) && mark >= this.#positions[partition]!)
    if (moved.length === 0) return []
    const ranges = moved.map(([partition, mark]) => {
      return `(partition = ${partition} AND offset >= ${this.#positions[partition]} AND offset <= ${mark})`
    })
    const apps = await read.query<{ app: string }>(
      `SELECT DISTINCT app FROM ${facts.name} WHERE app != '' AND (${ranges.join(' OR ')})`,
    )
    const marked = new Map(moved)
    this.#positions = this.#positions.map((position, p) => (marked.has(p) ? marked.get(p)! + 1 : position))
    return apps.map((row) => row.app)
  }
}
