import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { close, GOLDEN, golden, goldenPresent } from '../testkit/golden.js'
import { lnBernoulli } from './bernoulli.js'
import type { Evidence } from './evidence.js'
import { quantileDifference } from './quantile-ab.js'

/** Users per distinct value of either branch. */
function cells(...branches: readonly (readonly number[])[]): number[][] {
  const values = [...new Set(branches.flat())].sort((a, b) => a - b)
  const places = new Map(values.map((value, i) => [value, i]))
  return branches.map((branch) => {
    const users = values.map(() => 0)
    for (const value of branch) users[places.get(value)!]!++
    return users
  })
}

describe.skipIf(!goldenPresent)(GOLDEN, () => {
  test.each(['70', '85', '100'])('cs_quantile_ab_0.5_%s', (id) => {
    const { inputs, executed } = golden(`cs_quantile_ab_0.5_${id}`)
    const [a, b] = [inputs.a_values, inputs.b_values].map((range: string) => {
      const [from, to] = range.split('..').map(Number)
      return Array.from({ length: to! - from! + 1 }, (_, i) => from! + i)
    })
    const [control, treatment] = cells(a!, b!)
    const tuning = { planned: inputs.t_opt, alpha: inputs.alpha_opt }
    close((quantileDifference(control!, treatment!, inputs.quantile_p, tuning) as Evidence).pValue, executed)
  })
})

const branch = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 200 })
const p = fc.double({ min: 0.05, max: 0.95, noNaN: true })
const tuning = { planned: 100 }
const lnE = (control: number[], treatment: number[], p: number) =>
  (quantileDifference(control, treatment, p, tuning) as Evidence).lnE

test('it is the least, over all values, of both branches’ least e-values against that value', () => {
  fc.assert(
    fc.property(branch, branch, p, (a, b, p) => {
      const against = (branch: number[], x: number) => {
        const below = branch.filter((value) => value < x).length
        const upTo = branch.filter((value) => value <= x).length
        const counts = Array.from({ length: upTo - below + 1 }, (_, i) => below + i)
        return Math.min(...counts.map((count) => lnBernoulli(count, branch.length, p, tuning)))
      }
      const values = Array.from({ length: 65 }, (_, i) => i / 2 - 1)
      const least = Math.min(...values.map((x) => against(a, x) + against(b, x)))
      const [control, treatment] = cells(a, b)
      expect(lnE(control!, treatment!, p)).toBeCloseTo(least, 12)
    }),
    { numRuns: 50 },
  )
})

test('branches may be swapped, and coarser cells only lose evidence', () => {
  fc.assert(
    fc.property(branch, branch, p, (a, b, p) => {
      const [control, treatment] = cells(a, b) as [number[], number[]]
      expect(lnE(treatment, control, p)).toBe(lnE(control, treatment, p))
      const halved = (users: number[]) => users.filter((_, i) => i % 2 === 0).map((n, i) => n + (users[2 * i + 1] ?? 0))
      expect(lnE(halved(control), halved(treatment), p)).toBeLessThanOrEqual(lnE(control, treatment, p) + 1e-12)
    }),
  )
})

test('a hundred thousand distinct values are no trouble, and apart by far are evidence', () => {
  const low = Array.from({ length: 100_000 }, (_, i) => (i < 50_000 ? 1 : 0))
  expect(lnE(low, low.toReversed(), 0.5)).toBeGreaterThan(1e4)
})

test('no users are no evidence; what cannot be is out of range', () => {
  expect(lnE([0, 0], [0, 0], 0.5)).toBe(0)
  expect(quantileDifference([], [], 0.5, tuning)).toMatchObject({ reason: 'insufficient' })
  expect(quantileDifference([1], [1, 2], 0.5, tuning)).toMatchObject({ reason: 'out-of-range' })
  expect(quantileDifference([1], [1], 1, tuning)).toMatchObject({ reason: 'out-of-range' })
})
