import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { close, GOLDEN, golden, goldenPresent } from '../testkit/golden.js'
import { benjaminiHochberg, coverageAlpha } from './benjamini-hochberg.js'
import { bonferroni } from './bonferroni.js'
import { eBenjaminiHochberg } from './e-bh.js'
import { holm } from './holm.js'
import type { LnPValues } from './stepwise.js'

const ln = (ps: readonly (number | null)[]) => ps.map((p) => (p === null ? null : Math.log(p)))

function alike(found: LnPValues, ps: readonly (number | null)[]) {
  expect(found.length).toBe(ps.length)
  for (const [i, p] of ps.entries()) {
    if (p === null) expect(found[i]).toBeNull()
    else close(Math.exp(found[i]!), p)
  }
}

describe.skipIf(!goldenPresent)(GOLDEN, () => {
  test.each([
    ['gb_holm', holm],
    ['gb_holm_2', holm],
    ['gb_bh', benjaminiHochberg],
  ] as const)('%s', (id, adjust) => {
    const { inputs, executed } = golden(id)
    alike(adjust(ln(inputs.pValues)), executed)
  })
})

// R 4.2: p.adjust(p, m) for m in c("bonferroni", "holm", "BH"), NA for null.
const first = [0.01, null, 0.04, 0.03, 0.005, 0.55, 0.6, 1e-12, 0.05]
const second = [0.5, 1e-300, 0.9, 1e-250, 0.049, 0.02, null, 0.02]
test.each([
  [bonferroni, first, [0.08, null, 0.32, 0.24, 0.04, 1, 1, 8e-12, 0.4]],
  [holm, first, [0.06, null, 0.16, 0.15, 0.035, 1, 1, 8e-12, 0.16]],
  [benjaminiHochberg, first, [2 / 75, null, 0.064, 0.06, 0.02, 0.6, 0.6, 8e-12, 1 / 15]],
  [bonferroni, second, [1, 7e-300, 1, 7e-250, 0.343, 0.14, null, 0.14]],
  [holm, second, [1, 7e-300, 1, 6e-250, 0.147, 0.1, null, 0.1]],
  [benjaminiHochberg, second, [0.5833333333333334, 7e-300, 0.9, 3.5e-250, 0.0686, 0.035, null, 0.035]],
] as const)('%o against R', (adjust, ps, expected) => {
  alike(adjust(ln(ps)), expected)
})

test('p-values far below the least double keep their order', () => {
  const [a, b] = holm([-2000, -1000]) as [number, number]
  close(a, -2000 + Math.LN2)
  close(b, -1000)
})

const family = fc.array(fc.option(fc.double({ min: -800, max: 0, noNaN: true })), { maxLength: 30 })

test('adjusting never lowers a p-value and keeps places and order; Holm never beats itself by Bonferroni', () => {
  fc.assert(
    fc.property(family, (lnPs) => {
      const [one, two, three] = [bonferroni(lnPs), holm(lnPs), benjaminiHochberg(lnPs)]
      for (const [i, lnP] of lnPs.entries()) {
        if (lnP === null) {
          expect([one[i], two[i], three[i]]).toEqual([null, null, null])
          continue
        }
        expect(one[i]!).toBeGreaterThanOrEqual(two[i]!)
        expect(two[i]!).toBeGreaterThanOrEqual(three[i]! - 1e-12)
        expect(three[i]!).toBeGreaterThanOrEqual(lnP)
        expect(one[i]!).toBeLessThanOrEqual(0)
        for (const [j, other] of lnPs.entries()) {
          if (other !== null && other < lnP)
            for (const adjusted of [one, two, three]) expect(adjusted[j]!).toBeLessThanOrEqual(adjusted[i]!)
        }
      }
    }),
  )
})

test('e-BH rejects the k greatest e-values for the greatest k whose least is at least m / (k alpha)', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -5, max: 10, noNaN: true }), { minLength: 1, maxLength: 20 }), (lnEs) => {
      const sorted = lnEs.toSorted((a, b) => b - a)
      const enough = sorted.map((lnE, i) => Math.exp(lnE) >= lnEs.length / ((i + 1) * 0.05))
      const k = enough.lastIndexOf(true) + 1
      const rejected = eBenjaminiHochberg(lnEs).filter((lnP) => lnP! <= Math.log(0.05))
      expect(rejected.length).toBe(k)
    }),
  )
  expect(eBenjaminiHochberg([null, 3])).toEqual([null, -3])
})

test('the intervals of the selected are widened by the share selected', () => {
  // Of six tested, two are selected: 2/6 of 0.05.
  expect(coverageAlpha(ln([0.01, 0.04, null, 0.2, 0.3, 0.4, 0.9]))).toBeCloseTo(0.05 / 3, 15)
  expect(coverageAlpha(ln([0.2, 0.3]), 0.1)).toBe(0.05)
  expect(coverageAlpha([null], 0.1)).toBe(0.1)
})
