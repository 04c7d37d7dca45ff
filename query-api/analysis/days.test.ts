import { decisionDefinition } from '@assay/core/definition/decision'
import { metricDefinition } from '@assay/core/definition/metric'
import { lift } from '@assay/stats/effect/lift'
import { mean } from '@assay/stats/estimate/mean'
import { fromBinary } from '@assay/stats/moments'
import { expect, test } from 'vitest'
import { daysToDecision } from './days.js'

const of = (users: number, converted: number) => mean(fromBinary(users, converted))
const pair = (control: ReturnType<typeof of>, treatment: ReturnType<typeof of>) => {
  return { control, treatment, covariance: 0, lift: lift(control, treatment), saved: null, theta: null }
}
const metric = (more = {}) => metricDefinition.parse({ name: 'm', kind: 'conversion', event: 'e', ...more })
const decision = (more = {}) => decisionDefinition.parse(more)
const seen = pair(of(1000, 100), of(1000, 110))

// For 10 % against 11 %: (1.96 + 0.84)² (0.1 × 0.9 + 0.11 × 0.89) / 0.01² a branch is 14,749, as textbooks have it.
test('of a single look as many users as the formula says', () => {
  const days = daysToDecision(seen, metric(), decision({ method: 'single-look' }), 1000)!
  expect(days).toBeCloseTo((2 * 14_749 - 2000) / 1000, 0)
})

test('an any-time answer takes more, a larger effect takes less, and none takes for ever', () => {
  const days = (more: object, { traffic = 1000, anytime = true } = {}) =>
    daysToDecision(seen, metric(more), decision(anytime ? {} : { method: 'single-look' }), traffic)
  expect(days({})!).toBeGreaterThan(days({}, { anytime: false })! * 1.2)
  expect(days({ minEffect: 0.9 })!).toBe(0)
  expect(days({ minEffect: 0.05 })!).toBeGreaterThan(days({ minEffect: 0.1 })!)
  expect([days({}, { traffic: 0 }), daysToDecision(seen, metric(), decision(), null)]).toEqual([null, null])
  const same = pair(of(1000, 100), of(1000, 100))
  expect(daysToDecision(same, metric(), decision(), 1000)).toBeNull()
  expect(daysToDecision(pair(of(1, 1), of(0, 0)), metric(), decision(), 1000)).toBeNull()
})
