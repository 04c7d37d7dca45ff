import { sumOf } from '../sum.js'
import { lnSum } from './e-process.js'

/**
 * ln of the weighted mean of e-values, given and returned by their logarithms: an e-value whatever their dependence.
 * Weights above 0, on any scale; equal if not given. Accurate to 1e-15 absolute plus relative.
 */
export function lnMean(lnEs: readonly number[], weights: readonly number[] = lnEs.map(() => 1)): number {
  const total = sumOf(weights, (weight) => weight)
  return lnSum(lnEs.map((lnE, i) => lnE + Math.log(weights[i]! / total)))
}

/**
 * ln e-value that the n-th attempt at one release needs at `level`: the levels of all its attempts, level / (n (n + 1)),
 * add up to `level`, so that trying again until it passes, or until it fails, gains nothing. n from 1.
 */
export const lnNeeded = (level: number, attempt: number): number => Math.log(attempt * (attempt + 1)) - Math.log(level)
