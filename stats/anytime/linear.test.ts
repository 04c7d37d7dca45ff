import { expect, test } from 'vitest'
import { close } from '../testkit/golden.js'
import { type ConfidenceSequence, confidenceSequence } from './confidence-sequence.js'
import { weight } from './evidence.js'
import { linearTest } from './linear.js'

const effect = (t: number, df: number, n: number) => ({ kind: 'effect', value: t, standardError: 1, df, n }) as const

/** The planned sample whose prior weighs this many users. */
const planned = (users: number) => users / weight({ planned: 1 })

// By definition, in mpmath: the non-central t density of the statistic over the central one, integrated over the prior
// of the effect in units of the error, N(0, 1/w); noncentrality effect · √n.
test.each([
  [2.5, 27, 30, 10, 1.43429419770421],
  [-1, 8, 11, 50, -0.00834596330772469],
  [5, 17, 20, 8, 4.35674798749279],
])('t = %d, df = %i, n = %i, prior worth %i users: ln e = %d', (t, df, n, w, lnE) => {
  close((linearTest(effect(t, df, n), { planned: planned(w) }) as ConfidenceSequence).lnE, lnE, 1e-9)
})

test.each([
  [5, 17, 20],
  [4, 200, 203],
  [3.4, 1e12, 1e12],
])('t = %d, df = %i: its interval ends where 1 / e is alpha', (t, df, n) => {
  const { pValue } = linearTest(effect(t, df, n), { planned: n }) as ConfidenceSequence
  // The prior depends on alpha, so the interval is asked at the prior of 0.05.
  const same = n * (weight({ planned: 1, alpha: 0.05 }) / weight({ planned: 1, alpha: pValue }))
  const { ci } = linearTest(effect(t, df, n), { alpha: pValue, planned: same }) as ConfidenceSequence
  expect(Math.abs(ci[0])).toBeLessThan(1e-9 * t)
})

test('with many users it is the confidence sequence', () => {
  const many = effect(3, 1e9, 1e9)
  const [linear, normal] = [linearTest(many), confidenceSequence(many)] as [ConfidenceSequence, ConfidenceSequence]
  close(linear.lnE, normal.lnE, 1e-6)
  close(linear.ci[1], normal.ci[1], 1e-6)
})

test('infinite degrees of freedom are as good as a quadrillion', () => {
  const [known, many] = [Infinity, 1e15].map((df) => linearTest(effect(3, df, 5000)) as ConfidenceSequence)
  expect(known).toEqual(many)
})

test('too few users leave every effect possible', () => {
  expect(linearTest(effect(3, 1, 4))).toMatchObject({ ci: [-Infinity, Infinity] })
})
