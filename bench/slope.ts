/** The line through points by least squares: its slope, and that one's standard error. */
export function slope(xs: readonly number[], ys: readonly number[]): { slope: number; standardError: number } {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
  const [x, y] = [mean(xs), mean(ys)]
  const spread = xs.reduce((sum, xi) => sum + (xi - x) ** 2, 0)
  const found = xs.reduce((sum, xi, i) => sum + (xi - x) * (ys[i]! - y), 0) / spread
  const rest = xs.reduce((sum, xi, i) => sum + (ys[i]! - y - found * (xi - x)) ** 2, 0)
  return { slope: found, standardError: Math.sqrt(rest / (xs.length - 2) / spread) }
}
