import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lnMixture } from '../anytime/mixture.js'
import { close, GOLDEN, golden, goldenPresent } from '../testkit/golden.js'
import { sequentialSampleRatio } from './sequential-sample-ratio.js'

describe.skipIf(!goldenPresent)(GOLDEN, () => {
  test.each(['ssrm_unit', 'ssrm_batch'])('%s: ln e after each step', (id) => {
    const { inputs, executed } = golden(id)
    const counts = inputs.null_probabilities.map(() => 0)
    for (const [step, users] of inputs.data.entries()) {
      const outcomes = inputs.null_probabilities.map((share: number, i: number) => {
        counts[i] += users[i]
        return { n: counts[i], share, prior: inputs.dirichlet_alpha[i] }
      })
      close(lnMixture(outcomes), executed[step].log_m1 - executed[step].log_m0)
    }
  })
})

// mpmath, 60 digits: loggamma(c) - loggamma(c + n) + sum(loggamma(c s + x) - loggamma(c s) - x log s), c = 10,000.
test.each([
  [[5010, 4990], [1, 1], -0.3365855885963522],
  [[340_500, 330_000, 329_500], [0.5, 0.25, 0.25], 51245.109416273684],
  [[1e11, 1e12 - 1e6], [0.0625, 0.9375], 6697716985.360234],
  [[503e9, 497e9], [1, 1], 18000098.611204617],
])('users %j at weights %j: ln e', (users, weights, lnE) => {
  close(sequentialSampleRatio([{ users, weights }]).lnE, lnE)
})

const users = fc.array(fc.integer({ min: 0, max: 1e6 }), { minLength: 3, maxLength: 3 })
const weights = fc.array(fc.double({ min: 0.01, max: 10, noNaN: true }), { minLength: 3, maxLength: 3 })
const near = (a: number, b: number) => expect(Math.abs(a - b)).toBeLessThan(1e-9 * (1 + Math.abs(a)))

test('phases multiply; the scale of weights, their order and branches of weight 0 do not matter', () => {
  fc.assert(
    fc.property(users, users, weights, weights, (a, b, wa, wb) => {
      const [x, y] = [
        { users: a, weights: wa },
        { users: b, weights: wb },
      ]
      const both = sequentialSampleRatio([x, y])
      near(both.lnE, sequentialSampleRatio([x]).lnE + sequentialSampleRatio([y]).lnE)
      near(both.lnE, sequentialSampleRatio([y, { users: a, weights: wa.map((w) => w * 7) }]).lnE)
      const reversed = { users: a.toReversed(), weights: wa.toReversed() }
      near(both.lnE, sequentialSampleRatio([y, reversed]).lnE)
      near(both.lnE, sequentialSampleRatio([y, { users: [...a, 5], weights: [...wa, 0] }]).lnE)
    }),
  )
})

test('the e-value is a martingale: its expectation after one more user is itself', () => {
  fc.assert(
    fc.property(users, weights, (users, weights) => {
      const now = sequentialSampleRatio([{ users, weights }]).lnE
      const total = weights.reduce((sum, w) => sum + w, 0)
      const next = weights.reduce((sum, weight, i) => {
        const one = users.map((n, j) => n + (i === j ? 1 : 0))
        return sum + (weight / total) * Math.exp(sequentialSampleRatio([{ users: one, weights }]).lnE - now)
      }, 0)
      expect(Math.abs(next - 1)).toBeLessThan(1e-6)
    }),
  )
})

test('nothing to compare is no evidence', () => {
  const nothing = { kind: 'evidence', lnE: 0, lnP: 0, pValue: 1 }
  expect(sequentialSampleRatio([])).toEqual(nothing)
  expect(sequentialSampleRatio([{ users: [10], weights: [1] }])).toEqual(nothing)
  expect(sequentialSampleRatio([{ users: [10, 5], weights: [1, 0] }])).toEqual(nothing)
  expect(sequentialSampleRatio([{ users: [0, 0], weights: [1, 1] }])).toEqual(nothing)
  expect(sequentialSampleRatio([{ users: [0, 0], weights: [0, 0] }])).toEqual(nothing)
})
