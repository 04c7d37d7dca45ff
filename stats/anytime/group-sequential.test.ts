import { describe, expect, test } from 'vitest'
import { difference } from '../effect/difference.js'
import { mean } from '../estimate/mean.js'
import type { Inference } from '../inference.js'
import { lnNormalTail } from '../tail/normal.js'
import { close, GOLDEN, golden, goldenPresent, ofSums } from '../testkit/golden.js'
import { powerSpending } from '../testkit/spending.js'
import type { Bounds } from './brownian.js'
import { groupSequential, groupSequentialBounds, obrienFleming, pocock } from './group-sequential.js'

// By Armitage's recursion in NumPy, Gauss's rule of 400 points between the bounds at each look, SciPy's tails.
test.each([
  [
    [0.2, 0.4, 0.6, 0.8, 1],
    'O’Brien–Fleming',
    0.05,
    [4.876884948790762, 3.35701192157465, 2.6802800645450016, 2.289816767711966, 2.0310320433100726],
  ],
  [
    [0.2, 0.4, 0.6, 0.8, 1],
    'Pocock',
    0.05,
    [2.437976688050013, 2.426813858150107, 2.410193840271311, 2.396645400648714, 2.385984571622537],
  ],
  [[0.1, 0.55, 1], 'O’Brien–Fleming', 0.01, [8.061196294265756, 3.2826392514816938, 2.332872881548447]],
  [[0.1, 0.55, 1], 'Pocock', 0.01, [2.9506264943668383, 2.5607523410044806, 2.5966865685204974]],
])('looks at %j, %s, alpha %d', (information, name, alpha, expected) => {
  const spending = name === 'Pocock' ? pocock : obrienFleming
  const alternative = alpha === 0.05 ? 'two-sided' : 'greater'
  const bounds = groupSequentialBounds(information, { alpha, spending, alternative }) as readonly Bounds[]
  for (const [i, z] of expected.entries()) close(bounds[i]!.upper, z, 1e-9)
})

describe.skipIf(!goldenPresent)(GOLDEN, () => {
  // Their recursion is coarser than ours: the file's tolerance, absolute.
  test('nominal alphas of four looks at alpha t²', () => {
    const { inputs, executed, tolerance } = golden('sp_gst_alpha')
    const options = { alpha: inputs.alpha, spending: powerSpending(2) }
    const bounds = groupSequentialBounds(inputs.information_ratios, options) as readonly Bounds[]
    for (const [i, { upper }] of bounds.entries()) {
      expect(Math.abs(2 * Math.exp(lnNormalTail(upper)) - executed[i])).toBeLessThan(tolerance)
    }
  })

  test('the interval at a quarter of the sample', () => {
    const { inputs, executed } = golden('sp_seq_two_sided')
    const effect = difference(mean(ofSums(inputs.control)), mean(ofSums(inputs.treatment)))
    const r = groupSequential(effect, [0.25], { alpha: 0.01, spending: powerSpending(2) }) as Inference
    close(r.effect, executed.difference)
    close(r.ci[0], executed.adjusted_ci[0])
    close(r.ci[1], executed.adjusted_ci[1])
  })
})

const effect = (z: number) => ({ kind: 'effect', value: z, standardError: 1, df: Infinity, n: 1000 }) as const
const fifths = [0.2, 0.4, 0.6, 0.8, 1]

test.each([0.5, 1.7, 2.2, 4.9, 12, 35])('z = %d: p is the alpha whose bound it is, and its interval touches 0', (z) => {
  const { lnP, pValue } = groupSequential(effect(z), fifths) as Inference
  close(pValue, Math.exp(lnP))
  const [low] = (groupSequential(effect(z), fifths, { alpha: pValue }) as Inference).ci
  expect(Math.abs(low)).toBeLessThan(1e-8 * z)
})

test('the first look’s p, spent and nominal alike, keeps its tail: ln p of z = 30 is that of alpha t', () => {
  const { lnP } = groupSequential(effect(30), [0.5], { spending: powerSpending(1) }) as Inference
  close(lnP, Math.LN2 * 2 + lnNormalTail(30))
})

test('one side spends all its alpha there, and less mirrors greater', () => {
  const greater = groupSequential(effect(1.8), [0.5, 1], { alternative: 'greater' }) as Inference
  const less = groupSequential(effect(-1.8), [0.5, 1], { alternative: 'less' }) as Inference
  expect(greater.pValue).toBe(less.pValue)
  expect(greater.ci).toEqual([-less.ci[1], Infinity])
  const both = groupSequential(effect(1.8), [0.5, 1], { alpha: 0.1 }) as Inference
  // But for paths that pass one bound and then the other, which two sides count once.
  close(greater.ci[0], both.ci[0], 1e-6)
})

test.each([
  ['no look yet', [], {}, 'insufficient'],
  ['shares that fall', [0.5, 0.4], {}, 'out-of-range'],
  ['a share of 0', [0, 1], {}, 'out-of-range'],
  ['alpha 0', [0.5, 1], { alpha: 0 }, 'out-of-range'],
])('%s: no answer', (_, information, options, reason) => {
  expect(groupSequential(effect(1), information, options)).toEqual({ kind: 'none', reason, value: 1 })
})

test('a look beyond the plan has no alpha left', () => {
  expect(groupSequential(effect(9), [0.5, 1, 1.5])).toMatchObject({ pValue: 1, ci: [-Infinity, Infinity] })
})
