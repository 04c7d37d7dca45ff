/** A Poisson count by inversion, some hundred at a time. */
export function poisson(random: () => number, mean: number): number {
  if (mean > 500) return poisson(random, 500) + poisson(random, mean - 500)
  let probability = Math.exp(-mean)
  let rest = random() - probability
  let count = 0
  while (rest > 0 && probability > 0) {
    count++
    probability *= mean / count
    rest -= probability
  }
  return count
}

/** A binomial count by inversion, some hundred hits at a time. */
export function binomial(random: () => number, trials: number, share: number): number {
  if (share > 0.5) return trials - binomial(random, trials, 1 - share)
  if (trials > 500 && trials * share > 300) {
    return binomial(random, 500, share) + binomial(random, trials - 500, share)
  }
  const odds = share / (1 - share)
  let probability = (1 - share) ** trials
  let rest = random() - probability
  let count = 0
  while (rest > 0 && count < trials) {
    count++
    probability *= (odds * (trials - count + 1)) / count
    rest -= probability
  }
  return count
}

/** A whole number from 1 on, P(X ≥ k) = k^−tail: for a tail of 1.5 its variance is infinite. */
export const heavyTailed = (random: () => number, tail: number): number => Math.floor((1 - random()) ** (-1 / tail))
