import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { close, GOLDEN, golden, goldenPresent } from '../testkit/golden.js'
import { lnBernoulli } from './bernoulli.js'
import type { Interval } from './evidence.js'
import { everyQuantileRanks, quantileRanks, stitchedReach } from './quantile.js'

describe.skipIf(!goldenPresent)(GOLDEN, () => {
  test.each(['0.5', '0.9', '0.1'])('cs_double_stitch_%s', (id) => {
    const { inputs, executed } = golden(`cs_double_stitch_${id}`)
    close(stitchedReach(inputs.quantile_p, inputs.t, { alpha: inputs.alpha, planned: inputs.t_opt }), executed)
  })
})

const p = fc.double({ min: 0.001, max: 0.999, noNaN: true })
const n = fc.integer({ min: 0, max: 1e7 })
const planned = fc.integer({ min: 1, max: 1e6 })

test('the ranks are the outermost counts not rejected, the upper one user further', () => {
  fc.assert(
    fc.property(p, n, planned, (p, n, planned) => {
      const [low, high] = quantileRanks(p, n, { planned }) as Interval
      const rejected = (count: number) => lnBernoulli(count, n, p, { planned }) >= Math.log(20)
      expect(rejected(Math.max(low, 0))).toBe(false)
      if (low > 0) expect(rejected(low - 1)).toBe(true)
      expect(rejected(high - 1)).toBe(false)
      if (high <= n) expect(rejected(high)).toBe(true)
    }),
  )
})

test('all quantiles at once cost width, and the ranks mirror', () => {
  fc.assert(
    fc.property(p, n, planned, (p, n, planned) => {
      const [low, high] = quantileRanks(p, n, { planned }) as Interval
      const [everyLow, everyHigh] = everyQuantileRanks(p, n, { planned }) as Interval
      expect(everyLow).toBeGreaterThanOrEqual(0)
      expect(everyHigh).toBeLessThanOrEqual(n + 1)
      expect(everyLow).toBeLessThanOrEqual(n * p)
      expect(everyHigh).toBeGreaterThanOrEqual(n * p)
      const mirrored = quantileRanks(1 - p, n, { planned }) as Interval
      expect(Math.abs(n + 1 - mirrored[1] - low)).toBeLessThanOrEqual(1)
      expect(Math.abs(n + 1 - mirrored[0] - high)).toBeLessThanOrEqual(1)
      if (n > planned) expect(everyHigh - everyLow).toBeGreaterThanOrEqual(Math.floor(0.9 * (high - low)))
    }),
  )
})

test('the median of 1,000 of 1,000 planned users lies between the 453rd and 548th', () => {
  // mpmath as in bernoulli.test.ts: ln e of 452 and of 548 against 1/2 is 3.0043 > ln 20 = 2.9957, of 453 and 547 it is
  // 2.8348.
  expect(quantileRanks(0.5, 1000, { planned: 1000 })).toEqual([453, 548])
})

test('few users leave both ends open', () => {
  expect(quantileRanks(0.5, 0, { planned: 100 })).toEqual([0, 1])
  expect(quantileRanks(0.99, 5, { planned: 100 })).toMatchObject({ 1: 6 })
  expect(everyQuantileRanks(0.5, 10, { planned: 100 })).toEqual([0, 11])
})

test.each([0, 1, Number.NaN])('there is no %d-quantile', (p) => {
  expect(quantileRanks(p, 10, { planned: 100 })).toMatchObject({ kind: 'none', reason: 'out-of-range' })
  expect(everyQuantileRanks(p, 10, { planned: 100 })).toMatchObject({ kind: 'none', reason: 'out-of-range' })
})
