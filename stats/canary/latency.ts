import { type None, none } from '../none.js'
import { sumOf } from '../sum.js'

/** A histogram's cell, in milliseconds: values above this edge, up to the next cell's or, for the last, without end. */
export interface Cell {
  readonly above: number
  readonly n: number
}

/**
 * The least edge with at most `share` of the control above it, from cells in ascending order: what counts as slow in the
 * control, and times (1 + margin) in the canary. To be chosen before the phase, so that it is a constant in it.
 * `insufficient` without observations; `no-variance` where more than the share lie in the last cell; `out-of-range` for
 * a share outside (0, 1).
 */
export function slowAbove(cells: readonly Cell[], share: number): number | None {
  if (!(share > 0 && share < 1)) return none('out-of-range')
  const total = sumOf(cells, ({ n }) => n)
  if (!(total > 0)) return none('insufficient')
  let tail = total
  for (const { above, n } of cells) {
    if (tail <= share * total) return above
    tail -= n
  }
  return none('no-variance')
}
