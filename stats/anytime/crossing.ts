/** Halvings after which a bracket is 1e-36 of itself: below the rounding of an end even 1e18 times nearer to 0. */
const HALVINGS = 120

/**
 * Where f, below 0 from `inside` up to one crossing, reaches 0; `outside`, which may be infinite, where it never does.
 */
export function crossing(f: (x: number) => number, inside: number, outside: number): number {
  for (let i = 0; i < HALVINGS; i++) {
    const middle = outside === Infinity ? 2 * inside + 1 : (inside + outside) / 2
    if (f(middle) < 0) inside = middle
    else outside = middle
  }
  return outside
}
