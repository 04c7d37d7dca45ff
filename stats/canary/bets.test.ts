import fc from 'fast-check'
import { expect, test } from 'vitest'
import { close } from '../testkit/golden.js'
import { betBlock, blockBets } from './block-bets.js'
import { lnWealth } from './e-process.js'
import { betLikelihood, likelihood } from './likelihood.js'
import { absolute, type Limits, relative, reversed, type Stratum, type Trial } from './stratum.js'

const stratum = ([total, bad]: number[], [controlTotal, controlBad]: number[]): Stratum => ({
  canary: { total: total!, bad: bad! },
  control: { total: controlTotal!, bad: controlBad! },
})

const strata = {
  'a canary at 3 %': [
    stratum([250, 2], [4750, 48]),
    stratum([250, 7], [4740, 50]),
    stratum([240, 9], [4800, 44]),
    stratum([260, 8], [4690, 51]),
  ],
  'a healthy ramp': [
    stratum([50, 0], [4950, 50]),
    stratum([250, 6], [4750, 49]),
    stratum([1250, 14], [3750, 40]),
    stratum([2500, 22], [2500, 27]),
  ],
  'a spotless control': [stratum([250, 3], [4750, 0])],
  'nothing but errors': Array.from({ length: 40 }, () => stratum([250, 250], [4750, 0])),
  'a million requests each': Array.from({ length: 3 }, () => stratum([1e6, 10_000], [1e6, 10_300])),
} as const

const nulls = {
  relative: (s: Stratum, limits: Limits) => relative(s, limits),
  'not within': (s: Stratum, limits: Limits) => reversed(relative(s, limits)),
  floor: (s: Stratum, limits: Limits) => absolute(s.canary, limits),
  'not below': (s: Stratum, limits: Limits) => reversed(absolute(s.canary, limits)),
} as const

// mpmath, 40 digits, floor 0.001: ln of the sum over start times s and alternatives of share(s) / alternatives times the
// product of the ratios from s on, plus the shares not started; binomial ratios as (p'/p)^hits ((1-p')/(1-p))^misses.
test.each([
  ['a canary at 3 %', 'relative', 0, 7.683422759185516, 2.0679805404291387],
  ['a canary at 3 %', 'relative', 0.5, 2.1310868199645996, 0.9863784277751122],
  ['a canary at 3 %', 'not within', 0, -1.4453461564744943, -0.13210934360698062],
  ['a canary at 3 %', 'not within', 0.5, -1.3859707609666465, -0.09392490621427144],
  ['a canary at 3 %', 'floor', 0, 54.96519420843711, 10.947027436830776],
  ['a healthy ramp', 'relative', 0, -1.0205372334172993, -0.13557264520816156],
  ['a healthy ramp', 'relative', 0.5, -1.414976695303183, -0.43196734722877766],
  ['a healthy ramp', 'not within', 0, -1.059587728619821, 0.01834414829711232],
  ['a healthy ramp', 'not within', 0.5, 0.5683936599871495, 0.21175442156386767],
  ['a healthy ramp', 'floor', 0, 52.443906129359604, 5.512053752129434],
  ['a healthy ramp', 'not below', 0, -1.5288164445333736, null],
  ['a spotless control', 'relative', 0, 4.018137477003874, 1.936941479072553],
  ['a spotless control', 'floor', 0, 2.4625477452453524, 1.490091154801534],
  ['nothing but errors', 'relative', 0, 22451.376419783075, 116.51594222347654],
  ['nothing but errors', 'not within', 0, -2.3716543357600117, -2.3628299751052575],
  ['nothing but errors', 'floor', 0, 28170.509577241362, 272.87467877461904],
  ['a million requests each', 'relative', 0, -1.3862943611198906, -0.017844659141009286],
  ['a million requests each', 'not within', 0.5, 1422.5986600325466, 0.32868353810356743],
] as const)('%s, %s, margin %d: ln e', (name, against, margin, lnLikelihood, lnBlocks) => {
  const trials = strata[name].map((s) => nulls[against](s, { margin, floor: 0.001 }))
  close(lnWealth(trials.reduce<typeof likelihood>(betLikelihood, likelihood)), lnLikelihood)
  if (lnBlocks !== null) close(lnWealth(trials.reduce<typeof blockBets>(betBlock, blockBets)), lnBlocks)
})

const share = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true })
const trials = fc.integer({ min: 1, max: 60 })

test('under the null, and under any lower share, the expected wealth of a round is at most 1', () => {
  fc.assert(
    fc.property(trials, share, share, (n, q, of) => {
      const p = q * of
      let [atNull, below, blockAtNull] = [0, 0, 0]
      let [weight, weightBelow] = [(1 - q) ** n, (1 - p) ** n]
      for (let hits = 0; hits <= n; hits++) {
        const trial: Trial = { hits, trials: n, share: q }
        const wealth = Math.exp(lnWealth(betLikelihood(likelihood, trial)))
        atNull += weight * wealth
        below += weightBelow * wealth
        blockAtNull += weight * Math.exp(lnWealth(betBlock(blockBets, trial)))
        weight *= ((n - hits) / (hits + 1)) * (q / (1 - q))
        weightBelow *= ((n - hits) / (hits + 1)) * (p / (1 - p))
      }
      if ((1 - q) ** n > 1e-290) {
        expect(Math.abs(atNull - 1)).toBeLessThan(1e-9)
        expect(Math.abs(blockAtNull - 1)).toBeLessThan(1e-9)
      }
      expect(below).toBeLessThan(1 + 1e-9)
    }),
  )
})

test('where bad is common, the bound holds for a ratio of odds of 1 + margin', () => {
  // Fisher's noncentral hypergeometric: the canary's share of K bad among n + m, its odds 1 + margin times the control's.
  const size = fc.integer({ min: 1, max: 30 })
  fc.assert(
    fc.property(size, size, fc.nat(60), fc.double({ min: 0, max: 3, noNaN: true }), (n, m, k, margin) => {
      const bad = 1 + (k % (n + m))
      let [weight, total, wealth] = [1, 0, 0]
      for (let hits = Math.max(0, bad - m); hits <= Math.min(n, bad); hits++) {
        const trial = relative(stratum([n, hits], [m, bad - hits]), { margin, floor: 0.001 })
        total += weight
        wealth += weight * Math.exp(lnWealth(betLikelihood(likelihood, trial)))
        weight *= ((1 + margin) * (n - hits) * (bad - hits)) / (hits + 1) / (m - bad + hits + 1)
      }
      expect(wealth / total).toBeLessThan(1 + 1e-9)
    }),
  )
})

test('all bad at one instance at once leaves a block’s bet fair', () => {
  // Either all or none of the hits, whose share is expected to be that of the null.
  const q = 0.05
  const wealth = (hits: number) => Math.exp(lnWealth(betBlock(blockBets, { hits, trials: 500, share: q })))
  close(q * wealth(500) + (1 - q) * wealth(0), 1)
})

test('more hits are more evidence, and a greater share is less', () => {
  fc.assert(
    fc.property(trials, share, share, (n, q, r) => {
      const [low, high] = [Math.min(q, r), Math.max(q, r)]
      for (const [start, bet] of [
        [likelihood, betLikelihood],
        [blockBets, betBlock],
      ] as const) {
        const lnE = (hits: number, share: number) => lnWealth(bet(start, { hits, trials: n, share }))
        expect(lnE(n, low)).toBeGreaterThan(lnE(0, low))
        expect(lnE(n, high)).toBeLessThanOrEqual(lnE(n, low) + 1e-12)
      }
    }),
  )
})

test('cutting a stratum finer costs no more than the start times in between', () => {
  const limits = { margin: 0, floor: 0.001 }
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat(50)), { minLength: 1, maxLength: 6 }), (bads) => {
      const pieces = bads.map(([c, b]) => relative(stratum([250, c], [4750, b]), limits))
      const [c, b] = bads.reduce(([c, b], [c2, b2]) => [c + c2, b + b2])
      const whole = relative(stratum([250 * bads.length, c], [4750 * bads.length, b]), limits)
      const inOne = lnWealth(betLikelihood(likelihood, whole))
      const inPieces = lnWealth(pieces.reduce<typeof likelihood>(betLikelihood, likelihood))
      // Half the likelihood ratio of the whole is in both; the rest is half at first, and ln 2 / 2 / ln (n + 1) after n.
      expect(inOne - inPieces).toBeLessThan(Math.log(Math.log2(bads.length + 1)) + 1e-9)
    }),
  )
})
