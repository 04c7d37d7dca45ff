/** Ratio of neighbouring cells of the histogram in `bucket_rollup`: quantiles are within (γ − 1) / (γ + 1), 1 %. */
const GAMMA = 1.02
const OFFSET = 40_000

/** Counts by cell: 0 for zero, ±(40000 + ceil(log_γ |v|)) for others. */
export type Histogram = Record<string, number>

/** Quantiles by nearest rank; each is the middle of its cell, kept between the least and the greatest value. */
export function quantiles(histogram: Histogram, shares: readonly number[], min: number, max: number): number[] {
  const cells = Object.entries(histogram).map(([index, n]) => ({ index: Number(index), n: Number(n) }))
  cells.sort((a, b) => a.index - b.index)
  const total = cells.reduce((sum, c) => sum + c.n, 0)
  return shares.map((share) => {
    const rank = Math.max(1, Math.ceil(share * total))
    return Math.min(max, Math.max(min, middle(cellOfRank(cells, rank))))
  })
}

function cellOfRank(cells: readonly { index: number; n: number }[], rank: number): number {
  let upTo = 0
  for (const { index, n } of cells) {
    upTo += n
    if (upTo >= rank) return index
  }
  return 0
}

/** The value with the least greatest relative error in the cell (γ^(i−1), γ^i]. */
function middle(index: number): number {
  if (index === 0) return 0
  const size = (2 * GAMMA ** (Math.abs(index) - OFFSET)) / (GAMMA + 1)
  return Math.sign(index) * size
}
