import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { difference } from '../effect/difference.js'
import { lift } from '../effect/lift.js'
import { type Cuped, cuped } from '../estimate/cuped.js'
import { mean } from '../estimate/mean.js'
import { close, GOLDEN, golden, goldenPresent, jointOfSums, ofSums } from '../testkit/golden.js'
import { type ConfidenceSequence, confidenceSequence, lnNormalMixture, mixtureBound } from './confidence-sequence.js'
import { weight } from './evidence.js'

const plan = { alpha: 0.05, planned: 100 }

describe.skipIf(!goldenPresent)(GOLDEN, () => {
  test('the lift of means', () => {
    const { inputs, executed } = golden('gb_seq_mean_rel_N1000')
    const effect = lift(mean(ofSums(inputs.control)), mean(ofSums(inputs.treatment)))
    const r = confidenceSequence(effect, { planned: 1000 }) as ConfidenceSequence
    close(r.effect, executed.expected)
    close(r.ci[0], executed.ci[0])
    close(r.ci[1], executed.ci[1])
    expect(r.pValue).toBe(executed.pValue)
  })

  // CUPED's own test reads these cases as joint moments; here the sequence of its lift.
  test.each([
    ['gb_seq_cuped_rel_N5000', 5000],
    ['gb_seq_ratio_cuped_rel', 5000],
  ])('%s', (id, planned) => {
    const { inputs, executed } = golden(id)
    const { lift } = cuped(jointOfSums(inputs.control), jointOfSums(inputs.treatment)) as Cuped
    const r = confidenceSequence(lift, { planned }) as ConfidenceSequence
    close(r.effect, executed.expected)
    close(r.ci[0], executed.ci[0])
    close(r.ci[1], executed.ci[1])
  })

  test('the mixture, its best weight and its bound', () => {
    close(weight(plan), golden('cs_best_rho').executed)
    close(lnNormalMixture(1, 100 / weight(plan), false), golden('cs_normal_log_mixture_2s').executed)
    close(10 * mixtureBound(100 / weight(plan), 0.05, false), golden('cs_normal_bound_2s').executed)
    // One-sided, at the weight of twice the alpha.
    const oneSided = 100 / weight({ ...plan, alpha: 0.1 })
    close(lnNormalMixture(1, oneSided, true), golden('cs_normal_log_mixture_1s').executed)
  })

  // Theirs is a closed bound a little wider than the one-sided mixture it follows; ours solves for the mixture itself.
  test.each(['Greater', 'Lesser'])('one-sided, %s: within theirs, by less than 1 % of its width', (side) => {
    for (const [type, effectOf] of [
      ['absolute', difference],
      ['relative', lift],
    ] as const) {
      const { inputs, executed } = golden(`gb_SequentialOneSidedTreatment${side}TTest_${type}`)
      const effect = effectOf(mean(ofSums(inputs.control)), mean(ofSums(inputs.treatment)))
      const alternative = side === 'Greater' ? 'greater' : 'less'
      const { ci } = confidenceSequence(effect, { planned: 5000, alternative }) as ConfidenceSequence
      const [ours, theirs] = side === 'Greater' ? [ci[0], executed.ci[0]] : [ci[1], executed.ci[1]]
      const share = (ours - executed.expected) / (theirs - executed.expected)
      expect(share).toBeLessThan(1)
      expect(share).toBeGreaterThan(0.99)
    }
  })
})

const effects = fc
  .tuple(
    fc.double({ min: -50, max: 50, noNaN: true }),
    fc.double({ min: 0.01, max: 9, noNaN: true }),
    fc.integer({ min: 4, max: 1e9 }),
  )
  .map(
    ([z, standardError, n]) => ({ kind: 'effect', value: z * standardError, standardError, df: Infinity, n }) as const,
  )

test('p is below alpha exactly where the interval leaves out 0', () => {
  fc.assert(
    fc.property(effects, fc.constantFrom('two-sided', 'greater', 'less'), (effect, alternative) => {
      const { ci, lnP } = confidenceSequence(effect, { alternative }) as ConfidenceSequence
      fc.pre(Math.abs(lnP - Math.log(0.05)) > 1e-9)
      expect(ci[0] > 0 || ci[1] < 0).toBe(lnP < Math.log(0.05))
    }),
  )
})

test('swapping the branches mirrors the interval and the sides', () => {
  fc.assert(
    fc.property(effects, (effect) => {
      const swapped = { ...effect, value: -effect.value }
      const sides = [
        ['two-sided', 'two-sided'],
        ['greater', 'less'],
      ] as const
      for (const [side, mirrored] of sides) {
        const a = confidenceSequence(effect, { alternative: side }) as ConfidenceSequence
        const b = confidenceSequence(swapped, { alternative: mirrored }) as ConfidenceSequence
        expect(a.lnE).toBe(b.lnE)
        expect(a.ci[0]).toBe(-b.ci[1])
      }
    }),
  )
})

test('one side is narrower than two, and both wider than one look', () => {
  const effect = { kind: 'effect', value: 0, standardError: 1, df: Infinity, n: 5000 } as const
  const reach = (alternative: 'two-sided' | 'less') =>
    (confidenceSequence(effect, { alternative }) as ConfidenceSequence).ci[1]
  expect(reach('less')).toBeLessThan(reach('two-sided'))
  expect(reach('less')).toBeGreaterThan(1.645)
})

test.each([
  ['alpha 1', { alpha: 1 }],
  ['planned for no one', { planned: 0 }],
])('%s: no answer', (_, options) => {
  const effect = { kind: 'effect', value: 3, standardError: 1, df: 9, n: 11 } as const
  expect(confidenceSequence(effect, options)).toMatchObject({ kind: 'none', reason: 'out-of-range' })
})
