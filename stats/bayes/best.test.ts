import fc from 'fast-check'
import { expect, test } from 'vitest'
import { difference } from '../effect/difference.js'
import type { Estimate } from '../estimate/estimate.js'
import { none } from '../none.js'
import { close } from '../testkit/golden.js'
import { best, type Standing } from './best.js'
import { type Posterior, posterior } from './posterior.js'

const branch = (value: number, sd: number): Estimate => ({
  kind: 'estimate',
  value,
  variance: sd * sd,
  df: Infinity,
  n: 1000,
})
const of = (...branches: Estimate[]) => best(branches) as Standing[]

// mpmath, 40 digits: quad of npdf_i prod_{j != i} ncdf_j, and of ncdf_i (1 - prod_{j != i} ncdf_j), cut at each mean ±
// k sd.
test.each([
  {
    branches: [branch(0.1, 0.01), branch(0.11, 0.01), branch(0.105, 0.02)],
    chances: [0.1382164591628567, 0.4869347611903192, 0.3748487796468241],
    losses: [0.01764091763133885, 0.00764091763133885, 0.01264091763133885],
  },
  {
    branches: [branch(0, 1), branch(6, 1), branch(5, 0.001), branch(-3, 4)],
    chances: [5.94000145744911e-8, 0.831848548509407, 0.1550459024894143, 0.01310548960116415],
    losses: [6.101950532488313, 0.101950532488313, 1.101950532488313, 9.101950532488313],
  },
  {
    branches: [branch(-2, 0.5), branch(-2, 0.5), branch(-2, 0.5)],
    chances: [1 / 3, 1 / 3, 1 / 3],
    losses: [0.4231421876608172, 0.4231421876608172, 0.4231421876608172],
  },
])('of $branches.length branches: $chances', ({ branches, chances, losses }) => {
  for (const [i, { chanceToBeBest, expectedLoss }] of of(...branches).entries()) {
    close(chanceToBeBest, chances[i]!)
    close(expectedLoss, losses[i]!)
  }
})

const gaussian = fc
  .tuple(fc.double({ min: -10, max: 10, noNaN: true }), fc.double({ min: 1e-3, max: 10, noNaN: true }))
  .map(([value, sd]) => branch(value, sd))

test('two branches: the posterior of their difference', () => {
  fc.assert(
    fc.property(gaussian, gaussian, (a, b) => {
      const [control, treatment] = of(a, b) as [Standing, Standing]
      const { chanceToWin, expectedLoss } = posterior(difference(a, b)) as Posterior
      const scale = Math.sqrt(Math.max(a.variance, b.variance))
      expect(Math.abs(treatment.chanceToBeBest - chanceToWin)).toBeLessThan(1e-10)
      expect(Math.abs(control.expectedLoss - expectedLoss.control)).toBeLessThan(1e-10 * (scale + expectedLoss.control))
      expect(Math.abs(treatment.expectedLoss - expectedLoss.treatment)).toBeLessThan(
        1e-10 * (scale + expectedLoss.treatment),
      )
    }),
  )
})

test('chances add up to 1; losses and values to one expected best; the order of branches and the unit are free', () => {
  fc.assert(
    fc.property(fc.array(gaussian, { minLength: 1, maxLength: 4 }), (branches) => {
      const found = of(...branches)
      expect(Math.abs(found.reduce((sum, { chanceToBeBest }) => sum + chanceToBeBest, 0) - 1)).toBeLessThan(1e-9)
      const greatest = branches.map(({ value }, i) => value + found[i]!.expectedLoss)
      for (const value of greatest) expect(Math.abs(value - greatest[0]!)).toBeLessThan(1e-8)
      const scaled = of(
        ...branches.map(({ value, variance }) => branch(value * 1000, Math.sqrt(variance) * 1000)).reverse(),
      )
      for (const [i, { chanceToBeBest, expectedLoss }] of scaled.reverse().entries()) {
        expect(Math.abs(chanceToBeBest - found[i]!.chanceToBeBest)).toBeLessThan(1e-9)
        expect(Math.abs(expectedLoss / 1000 - found[i]!.expectedLoss)).toBeLessThan(1e-8)
      }
    }),
    { numRuns: 50 },
  )
})

test('a branch of 20 users beside one of a billion, ten standard errors apart', () => {
  const [small, large] = of(branch(0, 1), branch(10, 1e-5)) as [Standing, Standing]
  close(small.expectedLoss, 10)
  close(large.chanceToBeBest, 1)
  expect(large.expectedLoss).toBeGreaterThanOrEqual(0)
})

test('one branch is the best; without an estimate or with an exact one there is no answer', () => {
  close(of(branch(1, 1))[0]!.chanceToBeBest, 1)
  expect(of(branch(1, 1))[0]!.expectedLoss).toBe(0)
  expect(best([])).toEqual([])
  expect(best([branch(1, 1), none('insufficient')])).toMatchObject({ kind: 'none', reason: 'insufficient' })
  expect(best([branch(1, 1), branch(1, 0)])).toMatchObject({ kind: 'none', reason: 'no-variance' })
})
