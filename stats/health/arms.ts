import { sumOf } from '../sum.js'

/** Users of the branches someone is meant to be in, with the share of them that each was to get. */
export function arms(users: readonly number[], weights: readonly number[]): { n: number; share: number }[] {
  const meant = users.map((n, i) => ({ n, weight: weights[i] ?? 0 })).filter(({ weight }) => weight > 0)
  const total = sumOf(meant, ({ weight }) => weight)
  return meant.map(({ n, weight }) => ({ n, share: weight / total }))
}
