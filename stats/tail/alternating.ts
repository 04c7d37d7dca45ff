/**
 * The sum 1 − r(0) + r(0) r(1) − …, cut where its terms no longer change it: for series whose ratios start far below 1.
 */
export function alternating(ratio: (k: number) => number): number {
  let term = 1
  let sum = 1
  for (let k = 0; Math.abs(term) > 1e-17; k++) {
    term *= -ratio(k)
    sum += term
  }
  return sum
}
