import { existsSync, readFileSync } from 'node:fs'
import { expect } from 'vitest'
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
