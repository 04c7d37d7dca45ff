import { describe, expect, test } from 'vitest'
import { decide, type Guardrail, type Policy } from './decide.js'
import { begin, type EProcess } from './e-process.js'
import { noEvidence } from './guardrail.js'
import type { Pair } from './pair.js'

const policy: Policy = { alpha: 0.01, suspendAlpha: 0.001, beta: 0.05, attempt: 1, full: false }

/** A process at about that ln e; one round has been bet on. */
const at = (lnE: number): EProcess => ({ lnMasses: begin(8).lnMasses.map(() => lnE - Math.log(8)), starts: 2 })

const pairAt = (lnE: number): Pair => ({ relative: at(lnE), floor: at(lnE) })

interface Levels {
  name?: string
  weight?: number
  suspicion?: number
  harm?: number
  safety?: number
  blocks?: number
}

/** A guardrail on which something has been seen, with its ln e-values. */
const guardrail = ({
  name = 'errors',
  weight = 1,
  suspicion = -9,
  harm = -9,
  safety = -9,
  blocks = -9,
}: Levels): Guardrail => ({
  name,
  weight,
  suspicion: { requests: pairAt(suspicion), users: pairAt(-9), trust: 1e9 },
  harm: { users: pairAt(harm), blocks: pairAt(harm) },
  safety: { requests: at(safety), users: at(safety), blocks: at(blocks), floor: at(-9) },
})

const harmful = { harm: 20 }
const suspicious = { suspicion: 20 }
const safe = { safety: 20 }

const [errors, latency] = ['errors', 'latency']

test.each([
  ['nothing shown', [{}], {}, 'hold', ['not-shown errors']],
  ['all safe', [safe, { ...safe, name: latency }], {}, 'promote', ['safe errors', 'safe latency']],
  ['one not shown', [safe, { name: latency }], {}, 'hold', ['not-shown latency']],
  ['the full step without blocks', [safe], { full: true }, 'hold', ['not-shown errors']],
  ['the full step with blocks', [{ ...safe, blocks: 20 }], { full: true }, 'promote', ['safe errors']],
  ['suspicion', [suspicious], {}, 'suspend', ['suspect errors']],
  ['suspicion of a safe canary', [{ ...suspicious, ...safe }], {}, 'suspend', ['suspect errors']],
  ['harm', [harmful], {}, 'rollback', ['harmful errors']],
  ['harm, suspicion and safety', [{ ...harmful, ...suspicious, ...safe }], {}, 'rollback', ['harmful errors']],
  ['harm to one guardrail of two', [{}, { ...harmful, name: latency }], {}, 'rollback', ['harmful latency']],
  ['suspicion of one beside one safe', [safe, { ...suspicious, name: latency }], {}, 'suspend', ['suspect latency']],
  // ln 2 / 0.01 is 5.298, and so much more for the mean of several.
  ['harm just over what is needed', [{ harm: 5.31 }], {}, 'rollback', ['harmful errors']],
  [
    'the same beside another',
    [{ harm: 5.31 }, { name: latency }],
    {},
    'hold',
    ['not-shown errors', 'not-shown latency'],
  ],
  [
    'the same with nine tenths of the weight',
    [{ harm: 5.42, weight: 9 }, { name: latency }],
    {},
    'rollback',
    ['harmful errors'],
  ],
  ['the same at a second attempt', [{ harm: 5.31 }], { attempt: 2 }, 'hold', ['not-shown errors']],
  ['safety enough for a first attempt', [{ safety: 4.5 }], {}, 'promote', ['safe errors']],
  ['the same at a second', [{ safety: 4.5 }], { attempt: 2 }, 'hold', ['not-shown errors']],
  ['suspicion at a later attempt', [{ suspicion: 6.92 }], { attempt: 9 }, 'suspend', ['suspect errors']],
] as const)('%s', (_, guardrails, changes, decision, reasons) => {
  const found = decide(guardrails.map(guardrail), { ...policy, ...changes })
  expect(found.decision).toBe(decision)
  expect(found.reasons.map((r) => ('guardrail' in r ? `${r.reason} ${r.guardrail}` : r.reason))).toEqual(reasons)
})

describe('holds and says why', () => {
  test('without data, though the bake time be over', () => {
    const unseen = { ...noEvidence, name: errors, weight: 1 }
    expect(decide([unseen], policy)).toMatchObject({
      decision: 'hold',
      reasons: [{ reason: 'no-data', guardrail: errors }],
    })
    expect(decide([guardrail(safe), { ...unseen, name: latency }], policy)).toMatchObject({
      decision: 'hold',
      reasons: [{ reason: 'no-data', guardrail: latency }],
    })
  })

  test('without guardrails', () => {
    expect(decide([], policy)).toEqual({ decision: 'hold', reasons: [{ reason: 'out-of-range' }] })
  })

  test.each([
    [{ alpha: 0 }],
    [{ alpha: 1 }],
    [{ beta: Number.NaN }],
    [{ suspendAlpha: 2 }],
    [{ attempt: 0 }],
    [{ attempt: Number.NaN }],
  ])('%j is out of range', (changes) => {
    expect(decide([guardrail(safe)], { ...policy, ...changes })).toEqual({
      decision: 'hold',
      reasons: [{ reason: 'out-of-range' }],
    })
  })

  test.each([0, -1, Number.NaN, Infinity])('a weight of %d is out of range', (weight) => {
    expect(decide([guardrail({ ...safe, weight })], policy).reasons).toEqual([{ reason: 'out-of-range' }])
  })
})

test('a finding has its evidence and what was needed', () => {
  const [finding] = decide([guardrail(harmful)], policy).reasons
  expect(finding).toMatchObject({ reason: 'harmful', guardrail: errors, needed: Math.log(200) })
  expect((finding as { lnE: number }).lnE).toBeCloseTo(20, 6)
})
