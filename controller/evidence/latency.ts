import { slowAbove } from '@assay/stats/canary/latency'
import type { Verdict } from './counted.js'

/** Of each cell of the histogram, the ratio of its edges. */
const GAMMA = Math.log(1.02)
/** Requests of the control beyond the quantile before it can be told. */
const TAIL = 10

/**
 * Which answers are slow: those of the control above its own quantile, and of the canary above (1 + margin) times that.
 * The quantile is of the control's answers before the phase; in a first phase of its first ones, which then are not judged.
 */
export class Slowness {
  #cells = new Map<number, number>()
  #n = 0
  #above: number | null = null

  /** @param floor milliseconds below which nothing is slow */
  constructor(
    private readonly quantile: number,
    private readonly margin: number,
    private readonly floor: number,
  ) {}

  /** Milliseconds above which the control is slow; null while that is not known. */
  get above(): number | null {
    return this.#above
  }

  /** Only answers that were as they should be tell how long they take. */
  readonly verdict: Verdict = ({ outcome, value }, isCanary) => {
    if (outcome !== 'ok') return null
    const above = this.#above
    if (!isCanary) this.#count(value)
    if (above === null) return null
    return value > (isCanary ? (1 + this.margin) * above : above)
  }

  newPhase(): void {
    this.#above = this.#told() ?? this.#above
    this.#cells = new Map()
    this.#n = 0
  }

  #count(value: number): void {
    const cell = value > 0 ? Math.ceil(Math.log(value) / GAMMA) : Number.NEGATIVE_INFINITY
    this.#cells.set(cell, (this.#cells.get(cell) ?? 0) + 1)
    this.#n++
    this.#above ??= this.#told()
  }

  #told(): number | null {
    if (this.#n * (1 - this.quantile) < TAIL) return null
    const cells = [...this.#cells]
      .sort(([a], [b]) => a - b)
      .map(([cell, n]) => ({ above: Math.exp((cell - 1) * GAMMA), n }))
    const above = slowAbove(cells, 1 - this.quantile)
    return typeof above === 'number' ? Math.max(above, this.floor) : null
  }
}
