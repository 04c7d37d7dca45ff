import type { Point } from './series.js'
import type { SeriesRow } from './series-sql.js'

/** Of all series together; some tens of megabytes. */
const MAX_POINTS = 50_000
const MAX_SERIES = 500

/** By bucket and branch. */
type Points = Map<string, Point>

/**
 * Points as they were read last. Events are only ever added, so that a bucket of as many as then is the same: it need not
 * be put together again, which of a million users takes long.
 */
export class KnownPoints {
  /** Those asked for last are last. */
  readonly #series = new Map<string, Points>()

  /** Those of a series, to be read and added to; where there are too many, the series asked for least lately are forgotten. */
  of(series: string): Points {
    const points: Points = this.#series.get(series) ?? new Map()
    this.#series.delete(series)
    this.#series.set(series, points)
    let size = [...this.#series.values()].reduce((sum, { size }) => sum + size, 0)
    for (const [name, oldest] of this.#series) {
      if (size <= MAX_POINTS && this.#series.size <= MAX_SERIES) break
      this.#series.delete(name)
      size -= oldest.size
    }
    return points
  }
}

export const placeOf = ({ branch, start }: Pick<SeriesRow, 'branch' | 'start'>) => `${start} ${branch}`
