/** The upper triangle of a symmetric matrix, line by line: how co-moments are stored. */
export const triangleOf = (square: readonly (readonly number[])[]): number[] =>
  square.flatMap((line, i) => line.slice(i))

/** The symmetric matrix of `k` lines that has this upper triangle. */
export function squareOf(triangle: readonly number[], k: number): number[][] {
  const place = (i: number, j: number) => (i * (2 * k - i + 1)) / 2 + j - i
  const lines = Array.from({ length: k }, (_, i) => i)
  return lines.map((i) => lines.map((j) => triangle[place(Math.min(i, j), Math.max(i, j))]!))
}
