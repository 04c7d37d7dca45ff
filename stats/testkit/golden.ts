import { existsSync, readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { Joint } from '../joint.js'
import type { Moments } from '../moments.js'

/** Other engines' own test cases; they stay outside the repository, and tests that need them say so when absent. */
const file = new URL('../../../shared/golden/statistics.json', import.meta.url)

export const goldenPresent = existsSync(file)
export const GOLDEN = 'other engines’ own tests (needs ../shared/golden)'

export interface GoldenCase {
  id: string
  // biome-ignore lint/suspicious/noExplicitAny: each engine's cases have a shape of their own.
  inputs: any
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  executed: any
  tolerance: number
}

const cases: GoldenCase[] = goldenPresent ? JSON.parse(readFileSync(file, 'utf8')) : []

/** The case of that id; an empty one where the file is absent, so that a suite can be described and skipped. */
export function golden(id: string): GoldenCase {
  const found = cases.find((c) => c.id === id)
  if (found === undefined && goldenPresent) throw new Error(`Expected ${id} among the golden cases.`)
  return found ?? { id, inputs: {}, executed: {}, tolerance: 0 }
}

/** Moments from the raw sums in which other engines state them. */
export function ofSums({ n, sum, sum_squares }: { n: number; sum: number; sum_squares: number }): Moments {
  return { n, mean: sum / n, m2: sum_squares - (sum * sum) / n }
}

/** Asserts relative error; a zero must be met exactly. */
export function close(found: number, expected: number, tolerance = 1e-9) {
  const error = found === expected ? 0 : Math.abs(found - expected) / Math.abs(expected)
  expect(error, `${found} against ${expected}`).toBeLessThan(tolerance)
}

const RATIO = ['m_post', 'd_post', 'm_pre', 'd_pre']

/** Joint moments of a metric and its covariate, or of a ratio and the one before, from sums of squares and products. */
export function jointOfSums(inputs: GoldenCase['inputs']): Joint {
  const names = inputs.post === undefined ? RATIO : ['post', 'pre']
  const product = (a: string, b: string) =>
    a === b ? inputs[a].sum_squares : (inputs[`${a}_${b}_sum_of_products`] ?? inputs[`${b}_${a}_sum_of_products`])
  const sums = names.map((name) => inputs[name].sum)
  const co = names.map((a, i) => names.map((b, j) => product(a, b) - (sums[i] * sums[j]) / inputs.n))
  return { n: inputs.n, means: sums.map((sum) => sum / inputs.n), co }
}
