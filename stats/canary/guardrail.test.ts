import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Evidence, noEvidence, observe } from './guardrail.js'
import { lnSafety } from './promote.js'
import { lnHarm } from './rollback.js'
import type { Closed, Stratum } from './stratum.js'
import { lnSuspicion } from './suspend.js'

const limits = { margin: 0.5, floor: 0.001 }

/** A stratum in which that share of either branch was bad. */
const stratum = (canary: number, control: number, [n, m] = [250, 4750]): Stratum => ({
  canary: { total: n!, bad: Math.round(n! * canary) },
  control: { total: m!, bad: Math.round(m! * control) },
})

/** An hour in which all that closes is the same: strata of ten seconds and, every sixth time, a block. */
function hour(requests: Stratum, users: Stratum = requests, from: Evidence = noEvidence): Evidence {
  let evidence = from
  for (let i = 1; i <= 360; i++)
    evidence = observe(evidence, i % 6 === 0 ? { requests, users, block: requests } : { requests, users }, limits)
  return evidence
}

const strength = (evidence: Evidence) => ({
  suspicion: lnSuspicion(evidence.suspicion) > 7,
  harm: lnHarm(evidence.harm) > 7,
  step: lnSafety(evidence.safety, false) > 3,
  full: lnSafety(evidence.safety, true) > 3,
})

describe('after an hour', () => {
  const [yes, no] = [true, false]
  test.each([
    ['a canary alike', stratum(0.012, 0.012), undefined, { suspicion: no, harm: no, step: yes, full: no }],
    [
      'one alike at half of the traffic',
      stratum(0.01, 0.01, [2500, 2500]),
      undefined,
      { suspicion: no, harm: no, step: yes, full: yes },
    ],
    [
      'one at the margin',
      stratum(0.015, 0.01, [2000, 3000]),
      undefined,
      { suspicion: no, harm: no, step: no, full: no },
    ],
    ['one three times as bad', stratum(0.036, 0.012), undefined, { suspicion: yes, harm: yes, step: no, full: no }],
    [
      'one bad for users once, then well',
      stratum(0.012, 0.012),
      stratum(0.036, 0.012),
      { suspicion: yes, harm: no, step: no, full: no },
    ],
    [
      'one that fails the same users again and again',
      stratum(0.036, 0.012),
      stratum(0.012, 0.012),
      { suspicion: yes, harm: no, step: no, full: no },
    ],
    [
      'one bad, but below the floor',
      stratum(0.0004, 0, [25_000, 475_000]),
      undefined,
      { suspicion: no, harm: no, step: yes, full: yes },
    ],
    ['no error in either branch', stratum(0, 0), undefined, { suspicion: no, harm: no, step: yes, full: yes }],
    ['no canary', stratum(0, 0.01, [0, 5000]), undefined, { suspicion: no, harm: no, step: no, full: no }],
    [
      'no control, and a canary over the floor',
      stratum(0.01, 0, [5000, 0]),
      undefined,
      { suspicion: no, harm: no, step: no, full: no },
    ],
  ])('%s', (_, requests, users, expected) => {
    expect(strength(hour(requests, users))).toEqual(expected)
  })
})

test('a step’s wider margin is shown where the policy’s is not', () => {
  const requests = stratum(0.02, 0.01, [2500, 2500])
  const shown = (step: number) =>
    lnSafety(
      Array.from({ length: 60 }).reduce<Evidence>(
        (e) => observe(e, { requests, users: requests }, limits, step),
        noEvidence,
      ).safety,
      false,
    )
  expect(shown(2)).toBeGreaterThan(10)
  expect(shown(0.5)).toBeLessThan(0)
})

test('three errors beside a spotless control are no more than the floor allows', () => {
  const three: Stratum = { canary: { total: 5000, bad: 3 }, control: { total: 95_000, bad: 0 } }
  const evidence = observe(noEvidence, { requests: three, users: three, block: three }, limits)
  expect(lnSuspicion(evidence.suspicion)).toBeLessThan(0.1)
  expect(lnHarm(evidence.harm)).toBeLessThan(0.1)
})

const counts = (most: number) =>
  fc.tuple(fc.integer({ min: 0, max: most }), fc.double({ min: 0, max: 1, noNaN: true })).map(([total, share]) => ({
    total,
    bad: Math.floor(total * share),
  }))
const strata = fc.record({ canary: counts(1e6), control: counts(1e6) })
const closed = fc.record(
  { requests: strata, users: strata, block: strata },
  { requiredKeys: [] },
) as fc.Arbitrary<Closed>
const see = (from: Evidence, all: readonly Closed[]) => all.reduce((e, c) => observe(e, c, limits), from)

test('stored as JSON and resumed it goes on as before, whatever was seen', () => {
  fc.assert(
    fc.property(fc.array(closed, { maxLength: 20 }), fc.array(closed, { maxLength: 20 }), (first, then) => {
      const evidence = see(see(noEvidence, first), then)
      expect(see(JSON.parse(JSON.stringify(see(noEvidence, first))), then)).toEqual(evidence)
      for (const lnE of [lnSuspicion(evidence.suspicion), lnHarm(evidence.harm), lnSafety(evidence.safety, true)])
        expect(Number.isFinite(lnE)).toBe(true)
    }),
  )
})

test('nothing closed, or nothing that says anything, changes nothing', () => {
  const empty = { total: 0, bad: 0 }
  const nothing = { canary: empty, control: empty }
  for (const closed of [{}, { requests: nothing, users: nothing, block: nothing }])
    expect(observe(noEvidence, closed, limits)).toEqual(noEvidence)
})

test('a canary no worse in any stratum is never accused', () => {
  const well = fc
    .tuple(
      fc.integer({ min: 1, max: 1e4 }),
      fc.integer({ min: 1, max: 1e5 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    )
    .map(
      ([n, m, share]): Stratum => ({
        canary: { total: n, bad: Math.floor(n * share) },
        control: { total: m, bad: Math.ceil(m * share) },
      }),
    )
  fc.assert(
    fc.property(fc.array(well, { maxLength: 50 }), (strata) => {
      const evidence = see(
        noEvidence,
        strata.map((s) => ({ requests: s, users: s, block: s })),
      )
      expect(lnSuspicion(evidence.suspicion)).toBeLessThanOrEqual(1e-9)
      expect(lnHarm(evidence.harm)).toBeLessThanOrEqual(1e-9)
    }),
  )
})
