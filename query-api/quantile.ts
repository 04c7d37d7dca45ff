/** Ratio of neighbouring cells of the histogram in `bucket_rollup`: a cell's middle is within (γ − 1) / (γ + 1) < 1 %. */
const GAMMA = 1.02
const OFFSET = 40_000

/** The value that stands for a cell (γ^(i−1), γ^i]: the one whose greatest relative error is least. Cells: see schema. */
export function cellValue(cell: number): number {
  if (cell === 0) return 0
  return Math.sign(cell) * ((2 * GAMMA ** (Math.abs(cell) - OFFSET)) / (GAMMA + 1))
}

/** SQL for the cells of the quantiles by nearest rank, from the histogram and its total; percents are whole numbers. */
export function quantileCells(histogram: string, total: string, percents: readonly number[]): string {
  // In whole numbers: 0.95 · n in doubles can fall just above a whole rank.
  const ranks = percents.map((p) => `intDiv(${total} * ${p} + 99, 100)`).join(', ')
  const upTo = `arrayCumSum(mapValues(${histogram}))`
  return `arrayMap(rank -> mapKeys(${histogram})[arrayFirstIndex(n -> n >= rank, ${upTo})], [${ranks}])`
}
