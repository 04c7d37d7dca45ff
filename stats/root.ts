/** Steps after which false position has long settled; it takes about ten. */
const STEPS = 200

/**
 * Where f, of different signs at the two ends, is 0: false position that halves the end which stays (the Illinois method,
 * Dowell and Jarratt 1971), and halves while f is infinite. About 1e-14 of the answer, or as near as f's own rounding lets it.
 */
export function root(f: (x: number) => number, from: number, to: number): number {
  let [a, b] = [from, to]
  let [fa, fb] = [f(a), f(b)]
  for (let i = 0; i < STEPS && fb !== 0 && Math.abs(b - a) > 1e-15 * Math.abs(b); i++) {
    const next = Number.isFinite(fb - fa) ? b - (fb * (b - a)) / (fb - fa) : (a + b) / 2
    const value = f(next)
    if (value * fb < 0) [a, fa] = [b, fb]
    else fa /= 2
    ;[b, fb] = [next, value]
  }
  return b
}
