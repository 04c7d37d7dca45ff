/** Wilson's interval of a simulated rate (Wilson 1927), 99.9 % unless another z is given. */
export function rateInterval(count: number, runs: number, z = 3.2905267314919255): readonly [number, number] {
  const share = count / runs
  const centre = (share + (z * z) / (2 * runs)) / (1 + (z * z) / runs)
  const reach = (z / (1 + (z * z) / runs)) * Math.sqrt((share * (1 - share)) / runs + (z * z) / (4 * runs * runs))
  return [Math.max(0, centre - reach), Math.min(1, centre + reach)]
}

/** The most of `runs` that a share of them can bring, but for one time in a hundred. */
export function binomialBound(runs: number, share: number): number {
  let probability = (1 - share) ** runs
  let below = probability
  let count = 0
  while (below < 0.99) {
    probability *= ((runs - count) / (count + 1)) * (share / (1 - share))
    below += probability
    count++
  }
  return count
}
