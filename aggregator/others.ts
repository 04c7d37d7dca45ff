import { facts } from '@assay/core/store/schema'
import type { Store } from '@assay/core/store/store'
import type { Positions } from './moments.js'
import type { Worker } from './worker.js'

/** Milliseconds between looks at what other processes stored. */
const LOOK = 500

type Workers = ReadonlyMap<number, Worker>

/** What the tables hold of partitions that other processes write, by the marks. */
export class Others {
  readonly #store: Store
  readonly #partitions: number
  /** By partition, the first offset not stored when last looked. */
  #positions: number[]
  #looked = -Infinity

  constructor(store: Store, partitions: number) {
    this.#store = store
    this.#partitions = partitions
    this.#positions = Array.from({ length: partitions }, () => 0)
  }

  /** For each partition the first offset not in the tables; of others' partitions at least as of the last look. */
  positions(own: Workers): Positions {
    return this.#positions.map((position, p) => own.get(p)?.writer.position ?? position)
  }

  /** Apps of others' events stored since the last look. */
  async changed(own: Workers): Promise<string[]> {
    if (own.size === this.#partitions || performance.now() < this.#looked + LOOK) return []
    this.#looked = performance.now()
    const { read } = this.#store
    const marks = await read.query<{ partition: number; mark: number }>(
      `SELECT partition, max(offset) AS mark FROM ${facts.name} WHERE app = '' GROUP BY partition`,
    )
    const moved = marks.filter(({ partition, mark }) => !own.has(partition) && mark >= this.#positions[partition]!)
    if (moved.length === 0) return []
    const ranges = moved.map(({ partition, mark }) => {
      return `(partition = ${partition} AND offset >= ${this.#positions[partition]} AND offset <= ${mark})`
    })
    const apps = await read.query<{ app: string }>(
      `SELECT DISTINCT app FROM ${facts.name} WHERE app != '' AND (${ranges.join(' OR ')})`,
    )
    for (const { partition, mark } of moved) this.#positions[partition] = mark + 1
    return apps.map((row) => row.app)
  }
}
