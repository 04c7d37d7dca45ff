import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { none } from '../none.js'
import { close, GOLDEN, golden, goldenPresent } from '../testkit/golden.js'
import type { Design } from './design.js'
import { equivalencePower } from './equivalence.js'
import { mde } from './mde.js'
import { spreadOf } from './metric.js'
import { power } from './power.js'
import { sampleSize } from './sample-size.js'
import { timeToDecision } from './time-to-decision.js'

const fifths = [0.2, 0.4, 0.6, 0.8, 1]
const fixed: Design = { method: 'fixed' }
const anytime: Design = { method: 'any-time' }
const grouped: Design = { method: 'group-sequential', information: fifths }
const designs = { fixed, 'any-time': anytime, 'group-sequential': grouped }

describe.skipIf(!goldenPresent)(GOLDEN, () => {
  // Theirs count the users of all variations; ours those of the two that are compared.
  const ofPair = (n: number, variations: number) => (2 * n) / variations

  test('power', () => {
    const { inputs, executed } = golden('gb_power_fixed')
    const spread = spreadOf({ mean: inputs.mean, variance: inputs.standardDeviation ** 2, relative: true })
    close(power(fixed, ofPair(inputs.n, inputs.nVariations), inputs.effectSize, spread) as number, executed)
  })

  // Theirs leaves out the far side of a two-sided test: the file's tolerance, absolute.
  test('least detectable effect', () => {
    const { inputs, executed, tolerance } = golden('gb_mde_fixed')
    const spread = spreadOf({ mean: inputs.mean, variance: inputs.standardDeviation ** 2, relative: true })
    const found = mde(fixed, ofPair(inputs.n, inputs.nVariations), spread, inputs.power) as number
    expect(Math.abs(found - executed)).toBeLessThan(tolerance)
  })

  test('power by week, of a proportion and a mean', () => {
    const { inputs, executed } = golden('gb_power_weekly')
    const { conversionRate: p, effectSize } = inputs.click_through_rate
    // Theirs gives both arms the control's variance.
    const clicks = spreadOf({ mean: p, variance: p * (1 - p), relative: true })
    const revenue = spreadOf({ ...inputs.revenue, relative: true })
    for (let week = 1; week <= inputs.weeks; week++) {
      const n = ofPair(inputs.usersPerWeek * week, inputs.nVariations)
      close(power(fixed, n, effectSize, clicks) as number, executed.click_through_rate[week - 1])
      close(power(fixed, n, inputs.revenue.effectSize, revenue) as number, executed.revenue[week - 1])
    }
  })

  // Theirs stops its search within 1e-3 of the factor.
  test('the sample still to come', () => {
    const { inputs, executed, tolerance } = golden('gb_midpower_freq')
    const n = inputs.control.n + inputs.treatment.n
    const [c, t] = [inputs.control, inputs.treatment].map(({ n, sum, sum_squares }) => ({
      mean: sum / n,
      variance: (sum_squares - (sum * sum) / n) / (n - 1),
    }))
    const spread = Math.sqrt(2 * (t!.variance + c!.variance * (t!.mean / c!.mean) ** 2)) / c!.mean
    const needed = sampleSize(fixed, inputs.target_mde, () => spread, inputs.target_power) as number
    close(needed / n - 1, executed, tolerance)
  })
})

// Of the five looks by the recursion in NumPy (Gauss's rule of 400 points between bounds), of the any-time design at the
// same fifty looks, 0.5826 √(1 − 1/1.11) lower; expected z-score at the end 2.8.
test.each<[string, Design, number, number, number, number]>([
  ['five looks', grouped, 784, 0.1, 1, 0.7898412187977694],
  [
    'Pocock’s looks are found below',
    { ...grouped, alternative: 'greater', alpha: 0.01 },
    784,
    0.1,
    1,
    0.6734500800351557,
  ],
  ['any time', anytime, 20_000, 0.1, 6, 0.38733536024275556],
  ['any time, sooner', anytime, 5_000, 0.3, 6, 0.8032750793466771],
])('%s', (_, design, n, effect, spread, expected) => {
  close(power(design, n, effect, () => spread) as number, expected, 1e-8)
})

describe.each(Object.entries(designs))('%s', (_, design) => {
  const spread = spreadOf({ mean: 0.1, variance: (rate) => rate * (1 - rate) })

  test('sample size and least effect invert power', () => {
    const n = sampleSize(design, 0.01, spread) as number
    close(power(design, n, 0.01, spread) as number, 0.8)
    close(mde(design, n, spread) as number, 0.01)
  })

  test('power under no effect is at most alpha, and below it only where looks are not all taken', () => {
    const found = power(design, 4_000, 0, spread) as number
    expect(found).toBeLessThan(0.05 + 1e-9)
    if (design !== anytime) close(found, 0.05)
  })

  test('power grows with the effect and mirrors for the other side', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 5, noNaN: true }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (effect, more) => {
          const of = (e: number) => power(design, 500, e, () => 20) as number
          expect(of(effect + more)).toBeGreaterThanOrEqual(of(effect))
          expect(Math.abs(of(effect) - of(-effect))).toBeLessThan(1e-9)
        },
      ),
      // Of an any-time design it follows paths through fifty looks, four times a run.
      { numRuns: design === anytime ? 3 : 10 },
    )
  })

  test('less is greater mirrored', () => {
    const of = (alternative: 'less' | 'greater', effect: number) =>
      power({ ...design, alternative }, 500, effect, () => 9)
    close(of('less', -1) as number, of('greater', 1) as number)
  })
})

test('looking costs users: fixed, then groups, then any time', () => {
  const users = Object.values(designs).map((design) => sampleSize(design, 1, () => 10) as number)
  const [once, always, five] = users as [number, number, number]
  expect(five / once).toBeGreaterThan(1.01)
  expect(five / once).toBeLessThan(1.05)
  expect(always / once).toBeGreaterThan(1.3)
})

test('what a covariate explains, no one need be asked for', () => {
  const of = (explained: number) => sampleSize(fixed, 0.1, spreadOf({ mean: 1, variance: 4, explained })) as number
  close(of(0.75), of(0) / 4)
})

test('unequal branches cost: one in ten in the treatment needs 1 / (4 · 0.1 · 0.9) times the users', () => {
  const of = (treatmentShare: number) =>
    sampleSize(fixed, 0.1, spreadOf({ mean: 1, variance: 4, treatmentShare })) as number
  close(of(0.1), of(0.5) / 0.36)
})

test('an effect or a sample that no search can find is no answer', () => {
  const rates = (mean: number) => spreadOf({ mean, variance: (rate) => rate * (1 - rate) })
  const noisy = spreadOf({ mean: 1, variance: 1000, relative: true })
  expect(mde({ method: 'group-sequential', information: [] }, 100, () => 2)).toEqual(none('out-of-range'))
  expect(mde(fixed, 100, noisy)).toEqual(none('out-of-range'))
  expect(sampleSize({ method: 'group-sequential', information: [1e-4] }, 0.1, () => 2)).toEqual(none('out-of-range'))
  expect(equivalencePower(100, 0.95, 0.9, rates(0.1))).toEqual(none('out-of-range'))
  // Doubling jumps over the rates that can be; the answer lies between.
  const less = mde({ method: 'fixed', alternative: 'less' }, 140, rates(0.1)) as number
  close(power({ method: 'fixed', alternative: 'less' }, 140, less, rates(0.1)) as number, 0.8, 1e-6)
})

// SciPy: 2 Φ(margin / error − z) − 1.
test('equivalence: power at no effect, and none where the sample is too small', () => {
  close(equivalencePower(10_000, 0, 0.06, () => 2) as number, 0.8246290735005926)
  expect(equivalencePower(100, 0, 0.06, () => 2)).toBe(0)
})

describe('time to decision', () => {
  const soFar = { kind: 'effect', value: 0.5, standardError: 0.4, df: 998, n: 1_000 } as const

  test('is what the sample still lacks at the traffic of a day', () => {
    const needed = sampleSize(fixed, 0.5, () => 0.4 * Math.sqrt(1_000)) as number
    close(timeToDecision(fixed, soFar, { usersPerDay: 250 }) as number, (needed - 1_000) / 250)
    expect(timeToDecision(anytime, soFar, { usersPerDay: 250 })).toBeGreaterThan((needed - 1_000) / 250)
  })

  test.each([
    ['the sample is in', { usersPerDay: 10, effect: 5 }, 0],
    ['no traffic', { usersPerDay: 0 }, { kind: 'none', reason: 'out-of-range', value: 0.5 }],
    ['no effect to find', { usersPerDay: 10, effect: 0 }, { kind: 'none', reason: 'out-of-range', value: null }],
  ])('%s', (_, traffic, expected) => {
    expect(timeToDecision(fixed, soFar, traffic)).toEqual(expected)
  })
})

test.each<[string, unknown]>([
  ['power of no users', power(fixed, 0, 1, () => 1)],
  ['power at alpha 0', power({ ...fixed, alpha: 0 }, 10, 1, () => 1)],
  ['users for a rate above 1', sampleSize(fixed, 0.95, spreadOf({ mean: 0.1, variance: (p) => p * (1 - p) }))],
  ['users for the side not tested', sampleSize({ ...fixed, alternative: 'less' }, 1, () => 1)],
  ['an effect found for certain', mde(fixed, 10, () => 1, 1)],
  ['an effect no rate can have', mde(fixed, 4, spreadOf({ mean: 0.1, variance: (p) => p * (1 - p) }), 0.99)],
])('%s: no answer', (_, found) => {
  expect(found).toMatchObject({ kind: 'none', reason: 'out-of-range' })
})
