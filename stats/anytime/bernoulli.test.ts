import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { close, GOLDEN, golden, goldenPresent } from '../testkit/golden.js'
import { bernoulliEvidence, bernoulliInterval, lnBernoulli } from './bernoulli.js'
import type { Evidence, Interval } from './evidence.js'

describe.skipIf(!goldenPresent)(GOLDEN, () => {
  test.each(['700_1000', '5_50', '100_200'])('cs_bernoulli_%s', (id) => {
    const { inputs, executed } = golden(`cs_bernoulli_${id}`)
    const { num_successes, num_trials, alpha, t_opt } = inputs
    const [low, high] = bernoulliInterval(num_successes, num_trials, { alpha, planned: t_opt }) as Interval
    close(low, executed[0])
    close(high, executed[1])
  })

  test('cs_bb_log_mixture_2s, stated by the sum of deviations and its variance', () => {
    const { inputs, executed } = golden('cs_bb_log_mixture_2s')
    const { s, v, v_opt, g, h, alpha_opt } = inputs
    const n = v / (g * h)
    close(lnBernoulli(s + g * n, n, g, { alpha: alpha_opt, planned: v_opt / (g * h) }), executed)
  })
})

// mpmath, 60 digits: lnB(wp + k, w(1-p) + n - k) - lnB(wp, w(1-p)) - k ln p - (n-k) ln(1-p), lnB by loggamma,
// w = max(planned / (c + log(1 + c)) - 1, 0.001), c = -2 log(alpha).
test.each([
  [3, 10, 0.5, 100, 0.05, 0.06971331614677485],
  [0, 40, 0.25, 1000, 0.05, 1.678565039671269],
  [52, 1000, 0.0625, 500, 0.01, -0.5971337140507461],
  [500_000, 1e6, 0.5, 1e6, 0.05, -1.0950579673844736],
  [250_001_000_000, 1e12, 0.25, 1e12, 0.05, 1.273197711967987],
  [500_020_000_000, 1e12, 0.5, 1e6, 0.001, 791.6901650490491],
  [7, 2e6, 2 ** -20, 1e6, 0.05, 1.3647817961629614],
  [2, 2, 0.5, 1, 0.05, 0.6926475552685128],
])('%d of %d against %d, planned %d at %d: ln e', (k, n, p, planned, alpha, lnE) => {
  const found = bernoulliEvidence(k, n, p, { planned, alpha }) as Evidence
  close(found.lnE, lnE)
  expect(found.lnP).toBe(lnE > 0 ? -found.lnE : 0)
  expect(found.pValue).toBe(Math.exp(found.lnP))
})

// mpmath: 250 halvings of the same ln e + log(alpha).
test.each([
  [3, 10, 100, 0.05, 0.014073302631924403, 0.8309396428039517],
  [0, 40, 1000, 0.05, 0, 0.3780057462313195],
  [2, 1e12, 1e12, 0.05, 4.990234149020418e-15, 9.337688930722711e-12],
  [2.5e11, 1e12, 1e12, 0.05, 0.2499986857173256, 0.25000131428541705],
  [999, 1000, 1000, 0.001, 0.9882486967789023, 1],
])('%d of %d, planned %d at %d: interval', (k, n, planned, alpha, low, high) => {
  const found = bernoulliInterval(k, n, { planned, alpha }) as Interval
  close(found[0], low)
  close(found[1], high)
})

const counts = fc
  .tuple(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([n, share]) => [Math.round(n * share), n] as const)
const p = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true })
const planned = fc.integer({ min: 1, max: 1e6 })

test('p is at most alpha exactly where the interval leaves the null out', () => {
  fc.assert(
    fc.property(counts, p, planned, ([k, n], p, planned) => {
      const [low, high] = bernoulliInterval(k, n, { planned }) as Interval
      const found = bernoulliEvidence(k, n, p, { planned })
      expect(low).toBeLessThanOrEqual(k / n)
      expect(high).toBeGreaterThanOrEqual(k / n)
      const near = Math.min(Math.abs(p - low), Math.abs(p - high)) < 1e-12
      if (!near) expect('pValue' in found && found.pValue <= 0.05).toBe(p <= low || p >= high)
    }),
  )
})

test('counting failures instead mirrors the interval', () => {
  fc.assert(
    fc.property(counts, planned, ([k, n], planned) => {
      const [low, high] = bernoulliInterval(k, n, { planned }) as Interval
      const [mirroredLow, mirroredHigh] = bernoulliInterval(n - k, n, { planned }) as Interval
      expect(Math.abs(1 - mirroredHigh - low)).toBeLessThan(1e-12)
      expect(Math.abs(1 - mirroredLow - high)).toBeLessThan(1e-12)
    }),
  )
})

test('the e-value is a martingale: its expectation after one more trial is itself', () => {
  fc.assert(
    fc.property(counts, p, planned, ([k, n], p, planned) => {
      const at = (k: number, n: number) => lnBernoulli(k, n, p, { planned })
      const next = Math.log(p * Math.exp(at(k + 1, n + 1) - at(k, n)) + (1 - p) * Math.exp(at(k, n + 1) - at(k, n)))
      expect(Math.abs(next)).toBeLessThan(1e-9)
    }),
  )
})

test('what cannot be is out of range, and nothing is known before the first trial', () => {
  const tuning = { planned: 100 }
  expect(bernoulliInterval(0, 0, tuning)).toMatchObject({ kind: 'none', reason: 'insufficient' })
  expect(bernoulliEvidence(0, 0, 0.5, tuning)).toEqual({ kind: 'evidence', lnE: 0, lnP: 0, pValue: 1 })
  for (const found of [
    bernoulliInterval(3, 2, tuning),
    bernoulliInterval(-1, 2, tuning),
    bernoulliInterval(1, 2, { planned: 0 }),
    bernoulliInterval(1, 2, { planned: 100, alpha: 1 }),
    bernoulliEvidence(1, 2, 0, tuning),
    bernoulliEvidence(1, 2, 1, tuning),
    bernoulliEvidence(Number.NaN, 2, 0.5, tuning),
  ])
    expect(found).toMatchObject({ kind: 'none', reason: 'out-of-range' })
})
