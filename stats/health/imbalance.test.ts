import { expect, test } from 'vitest'
import { difference } from '../effect/difference.js'
import type { Estimate } from '../estimate/estimate.js'
import { mean } from '../estimate/mean.js'
import { tTest } from '../fixed/t-test.js'
import type { Inference } from '../inference.js'
import { fromValues } from '../moments.js'
import { type None, none } from '../none.js'
import { imbalance } from './imbalance.js'

const branch = (value: number): Estimate => ({ kind: 'estimate', value, variance: 0.5, df: Infinity, n: 100 })
const constant = mean(fromValues([3, 3, 3]))

test('each covariate has its test, and its p-value times those not yet rejected', () => {
  const pairs = [
    [branch(0), branch(2)],
    [constant, constant],
    [branch(0), branch(3)],
    [branch(0), none('insufficient')],
    [branch(1), branch(1)],
  ] as const
  const found = imbalance(pairs)
  expect(found.map(({ inference }) => inference)).toEqual(pairs.map(([c, t]) => tTest(difference(c, t))))
  const p = found.map(({ inference }) => (inference as Inference).pValue)
  const adjusted = found.map(({ lnP }) => (lnP === null ? null : Math.exp(lnP)))
  // Three covariates have an answer: Holm's factors are 3, 2 and 1.
  expect(adjusted[2]).toBeCloseTo(3 * p[2]!, 12)
  expect(adjusted[0]).toBeCloseTo(2 * p[0]!, 12)
  expect(adjusted[4]).toBe(1)
  expect([adjusted[1], adjusted[3]]).toEqual([null, null])
})

test('another method of inference may answer', () => {
  const infer = (effect: Parameters<typeof tTest>[0]) => tTest(effect, { alternative: 'less' })
  const [found] = imbalance([[branch(0), branch(-2)]], infer) as [{ inference: Inference | None; lnP: number }]
  expect(found.lnP).toBe((infer(difference(branch(0), branch(-2))) as Inference).lnP)
})
