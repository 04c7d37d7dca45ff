import { decisionDefinition } from '@assay/core/definition/decision'
import { lift } from '@assay/stats/effect/lift'
import type { Estimate } from '@assay/stats/estimate/estimate'
import { mean } from '@assay/stats/estimate/mean'
import { fromBinary } from '@assay/stats/moments'
import { describe, expect, test } from 'vitest'
import { compare, widened } from './comparison.js'
import type { Pair, Sample } from './estimates.js'

const of = (users: number, converted: number) => mean(fromBinary(users, converted))
const pair = (control: Sample, treatment: Sample): Pair => {
  return { control, treatment, covariance: 0, lift: lift(control, treatment), saved: null, theta: null }
}
const anyTime = decisionDefinition.parse({})
const singleLook = decisionDefinition.parse({ method: 'single-look' })

describe('a verdict is that of the method chosen before the start', () => {
  // Users and conversions of the control, then of the branch; whether p < 0.05 by either method; both verdicts.
  test.each<[number[], number[], boolean, boolean, string, string]>([
    [[1000, 100], [1000, 102], false, false, 'inconclusive', 'inconclusive'],
    [[1000, 100], [1000, 130], true, false, 'better', 'inconclusive'],
    [[1000, 130], [1000, 100], true, false, 'worse', 'inconclusive'],
    [[5000, 500], [5000, 600], true, true, 'better', 'better'],
    [[5000, 600], [5000, 500], true, true, 'worse', 'worse'],
    [[1e6, 1e5], [1e6, 2e5], true, true, 'better', 'better'],
    [[500, 0], [500, 0], false, false, 'inconclusive', 'inconclusive'],
    // Nobody of the first hundred yet, where two were to be expected.
    [[2000, 40], [100, 0], true, false, 'worse', 'inconclusive'],
  ])('%j against %j', (control, treatment, fixedSays, anytimeSays, atOneLook, atAnyTime) => {
    const [c, t] = [control, treatment].map(([n, k]) => of(n!, k!))
    const looks = [singleLook, anyTime].map((decision) => compare(pair(c!, t!), 'up', decision))
    expect(looks.map((l) => [l.method, l.verdict])).toEqual([
      ['single-look', atOneLook],
      ['any-time', atAnyTime],
    ])
    for (const { fixed, anytime } of looks)
      expect([fixed, anytime].map(({ pValue }) => pValue !== null && pValue < 0.05)).toEqual([fixedSays, anytimeSays])
  })

  test.each([
    ['up', 'better'],
    ['down', 'worse'],
  ] as const)('where %s is better, more is %s', (direction, verdict) => {
    expect(compare(pair(of(5000, 500), of(5000, 600)), direction, anyTime).verdict).toBe(verdict)
  })

  test('and of its alpha, which the intervals cover as well', () => {
    const verdicts = [0.05, 0.001].map((alpha) => {
      const { verdict, anytime } = compare(pair(of(5000, 500), of(5000, 600)), 'up', { ...anyTime, alpha })
      return [verdict, anytime.ci![0] > 0]
    })
    expect(verdicts).toEqual([
      ['better', true],
      ['inconclusive', false],
    ])
  })
})

test('equal branches are not pooled by a rounding, which would lose what CUPED knows of their ratio', () => {
  for (let converted = 1; converted < 225; converted += 7) {
    const alike = pair(of(450, converted), of(450, 2 * converted))
    expect(widened(alike)).toBe(alike)
  }
})

test('a p that underflows keeps its logarithm', () => {
  const { fixed, anytime } = compare(pair(of(1e6, 1e5), of(1e6, 2e5)), 'up', anyTime)
  expect([fixed.pValue, anytime.pValue]).toEqual([0, 0])
  // R 4.2: z = 0.1 / sqrt(0.25 / (n - 1)), log(2) + pt(-z, df, log.p = TRUE); the mixture's by its formula.
  expect(fixed.lnP! / -19792.865552883301).toBeCloseTo(1, 9)
  expect(anytime.lnP! / -19989.6501056792).toBeCloseTo(1, 9)
})

test.each<[string, [number, number], [number, number], boolean]>([
  ['far from 0: by the delta method, even about the lift', [5000, 500], [5000, 600], true],
  ['near 0: by Fieller’s', [500, 30], [500, 40], false],
])('the interval of the lift, the control %s', (_, control, treatment, isEven) => {
  const [c, t] = [of(...control), of(...treatment)] as [Estimate, Estimate]
  const { relative, fixed, anytime } = compare(pair(c, t), 'up', anyTime)
  for (const { ci, relativeCi } of [fixed, anytime]) {
    const [low, high] = relativeCi!
    expect(Math.abs(low + high - 2 * relative!) < 1e-9).toBe(isEven)
    if (isEven) continue
    // Each end is a lift that is just not rejected: as many standard errors from 0 as the effect’s interval reaches.
    const reach = (ci![1] - ci![0]) / 2 / Math.sqrt(c.variance + t.variance)
    for (const end of [low, high]) {
      const error = Math.sqrt(t.variance + (1 + end) ** 2 * c.variance)
      expect(Math.abs(t.value - (1 + end) * c.value) / error / reach).toBeCloseTo(1, 9)
    }
  }
})

test('a control that may be 0 bounds no lift', () => {
  const { effect, relative, fixed, anytime } = compare(pair(of(500, 3), of(500, 30)), 'up', anyTime)
  expect([effect, relative]).toEqual([expect.closeTo(0.054, 12), expect.closeTo(9, 12)])
  expect([fixed.relativeCi, anytime.relativeCi]).toEqual([null, null])
  expect(fixed.ci).not.toBeNull()
})
