import fc from 'fast-check'
import { expect, test } from 'vitest'
import { close } from '../testkit/golden.js'
import type { TTest } from './t-test.js'
import { twoProportions } from './two-proportions.js'

// mpmath, 60 digits: the likelihood maximised at each difference by bisection, then the ends by bisection of the score.
// The second is example (d) of Newcombe 1998, who has -0.0326 to 0.1933.
test.each([
  [48, 80, 56, 70, 0.05, -4.796537985405219, 0.0528297132458446, 0.33817294001586834],
  [0, 29, 5, 56, 0.05, -2.3108627124467227, -0.032596561743513754, 0.19333097669088073],
  [0, 20, 3, 20, 0.05, -2.5854347610298607, -0.027103183763510858, 0.3634911796263525],
  [0, 20, 0, 20, 0.05, 0, -0.16457663808434955, 0.16457663808434955],
  [10, 10, 0, 20, 0.05, -16.44135932395857, -1, -0.7156186604656226],
  [0, 1, 1, 1, 0.05, -1.1478744644493182, -0.5869013712455252, 1],
  [3, 1e12, 40, 1e12, 0.05, -17.90397213965346, 2.5488821918993223e-11, 5.173106226159433e-11],
  [0, 1e12, 0, 1e12, 0.05, 0, -3.8414588206812894e-12, 3.8414588206812894e-12],
  [0, 1e12, 0, 1e6, 0.05, 0, -3.84145882068321e-12, 3.841444063948783e-6],
  [5e11, 1e12, 500_004e6, 1e12, 0.01, -17.987778312358333, 2.1786136322999887e-6, 5.821386367673472e-6],
  [100_000, 1e6, 103_000, 1e6, 0.05, -26.86617073786547, 0.0021629623997976052, 0.0038370662105476354],
  [1, 1e12, 0, 1e6, 0.05, -0.0007982029070198694, -5.664934265740476e-12, 3.841443063948784e-6],
  [0, 20, 70, 100, 0.48, -18.666907276630408, 0.6665623590998369, 0.7314354910680602],
  [0, 1000000, 70, 100, 0.05, -350031.1045206076, 0.6041514036596137, 0.7810511828090114],
  [0, 30, 0, 1000000, 0.4, 0.0, -0.023066284558468434, 7.083265073797572e-7],
  [30, 30, 0, 20, 1e-6, -26.69116031825113, -1.0, -0.34378879675594465],
  [1, 1000000000000, 70, 100, 0.3, -345070422572.23615, 0.6505843657978225, 0.7451645227085822],
  [2, 3, 99_999, 100_000, 0.2, -8338.00307767746, 0.10576505164724748, 0.6788086984444777],
])('%d of %d against %d of %d, alpha %d', (a, n, b, m, alpha, lnP, low, high) => {
  const control = { n, successes: a }
  const treatment = { n: m, successes: b }
  const r = twoProportions(control, treatment, { alpha }) as TTest
  close(r.lnP, lnP)
  close(r.ci[0], low)
  close(r.ci[1], high)
  const failures = ({ n, successes }: typeof control) => ({ n, successes: n - successes })
  const turned = twoProportions(failures(control), failures(treatment), { alpha }) as TTest
  close(turned.ci[0], -high)
  close(turned.ci[1], -low)
})

// Rscript -e 'pchisq(prop.test(c(56, 48), c(70, 80), correct = FALSE)$statistic * 149 / 150, 1, lower.tail = FALSE)'
test('R’s pooled chi-square, times (N − 1)/N', () => {
  const r = twoProportions({ n: 80, successes: 48 }, { n: 70, successes: 56 }) as TTest
  close(r.pValue, 0.008258287929380777)
})

const trials = fc
  .integer({ min: 1, max: 3000 })
  .chain((n) => fc.record({ n: fc.constant(n), successes: fc.integer({ min: 0, max: n }) }))
const alternatives = fc.constantFrom('two-sided', 'greater', 'less') as fc.Arbitrary<'two-sided' | 'greater' | 'less'>
const alphas = fc.double({ min: 1e-6, max: 0.49, noNaN: true })

test('swapping the branches flips effect, side and interval, and keeps p', () => {
  fc.assert(
    fc.property(trials, trials, (a, b) => {
      const [ab, ba] = [twoProportions(a, b) as TTest, twoProportions(b, a) as TTest]
      expect(ba.effect + ab.effect).toBe(0)
      expect(ba.pValue).toBe(ab.pValue)
      expect(Math.abs(ba.ci[0] + ab.ci[1])).toBeLessThan(1e-12)
      const less = twoProportions(b, a, { alternative: 'less' }) as TTest
      expect(less.pValue).toBe((twoProportions(a, b, { alternative: 'greater' }) as TTest).pValue)
    }),
  )
})

test('p is below alpha exactly where the interval leaves out 0, which never leaves −1 to 1 on the sides it closes', () => {
  fc.assert(
    fc.property(trials, trials, alternatives, alphas, (a, b, alternative, alpha) => {
      const { pValue, ci, effect } = twoProportions(a, b, { alternative, alpha }) as TTest
      fc.pre(Math.abs(pValue - alpha) > 1e-9)
      expect(ci[0] > 0 || ci[1] < 0).toBe(pValue < alpha)
      expect(ci[0]).toBe(alternative === 'less' ? -Infinity : Math.max(-1, Math.min(ci[0], effect)))
      expect(ci[1]).toBe(alternative === 'greater' ? Infinity : Math.min(1, Math.max(ci[1], effect)))
    }),
  )
})

test.each([
  [{ n: 0, successes: 0 }, {}, 'insufficient'],
  [{ n: 5, successes: 6 }, {}, 'out-of-range'],
  [{ n: 5, successes: Number.NaN }, {}, 'out-of-range'],
  [{ n: 5, successes: 1 }, { alpha: 1 }, 'out-of-range'],
  [{ n: 5, successes: 1 }, { alpha: 0.5, alternative: 'less' }, 'out-of-range'],
] as const)('%j by %j: %s', (control, options, reason) => {
  expect(twoProportions(control, { n: 9, successes: 2 }, options)).toMatchObject({ kind: 'none', reason })
})
