import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { sampleRatio } from './sample-ratio.js'

const golden = new URL('../../../shared/golden/', import.meta.url)
const present = existsSync(new URL('statistics.json', golden))
const read = (name: string) => (present ? JSON.parse(readFileSync(new URL(name, golden), 'utf8')) : null)

function close(found: number, expected: number, tolerance = 1e-9) {
  expect(Math.abs(found - expected) / Math.abs(expected)).toBeLessThan(tolerance)
}

describe.skipIf(!present)('against other engines (needs ../shared/golden)', () => {
  test('Cookie Cats, a real mismatch', () => {
    const { srm } = read('cookie_cats.expected.json')
    const r = sampleRatio(srm.n, [1, 1])
    close(r.chiSquared, srm.chi2)
    close(r.pValue, srm.p)
  })

  const cases: { id: string; inputs: { users: number[]; weights: number[] }; executed: number }[] =
    read('statistics.json')?.filter((c: { id: string }) => c.id.startsWith('gb_srm_')) ?? []
  test.each(cases)('$id: $inputs.users at $inputs.weights', ({ inputs, executed }) => {
    close(sampleRatio(inputs.users, inputs.weights).pValue, executed)
  })
})

// Two branches one apart from their share by a chosen chi-square; ln p by mpmath 1.3: log gammainc(1/2, x/2, inf).
test.each([
  [[600, 1000], 100, -52.53813796995252],
  [[1_000_000, 1_040_000], 784.3137254901961, -395.71632960919857],
])('users %j: chi-square %d keeps its tail', (observed, chiSquared, lnP) => {
  const r = sampleRatio(observed, [1, 1])
  close(r.chiSquared, chiSquared)
  close(Math.log(r.pValue), lnP)
})

test('one branch, no users and branches of weight 0 are nothing to compare', () => {
  expect(sampleRatio([10], [1])).toEqual({ chiSquared: 0, degreesOfFreedom: 0, pValue: 1 })
  expect(sampleRatio([0, 0], [1, 1])).toEqual({ chiSquared: 0, degreesOfFreedom: 1, pValue: 1 })
  expect(sampleRatio([10, 12, 3], [1, 1, 0])).toEqual(sampleRatio([10, 12], [1, 1]))
})

test('weights are on any scale', () => {
  expect(sampleRatio([310, 98], [75, 25]).pValue).toBeCloseTo(sampleRatio([310, 98], [0.75, 0.25]).pValue, 12)
})
