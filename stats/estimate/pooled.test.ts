import { expect, test } from 'vitest'
import { confidenceSequence } from '../anytime/confidence-sequence.js'
import { difference } from '../effect/difference.js'
import { fromBinary } from '../moments.js'
import type { None } from '../none.js'
import type { Estimate } from './estimate.js'
import { mean } from './mean.js'
import { pooledIfWider } from './pooled.js'

type Sample = Estimate | None

const of = (users: number, converted: number) => mean(fromBinary(users, converted))
const standardError = (control: Sample, treatment: Sample) => {
  const effect = difference(control, treatment)
  return effect.kind === 'none' ? effect.reason : effect.standardError
}

test.each<[string, [number, number], [number, number], 'own' | 'pooled']>([
  ['as many users in both', [1000, 100], [1000, 120], 'own'],
  ['a small branch that varies less', [2000, 40], [100, 0], 'pooled'],
  ['a small branch that varies more', [2000, 40], [100, 10], 'own'],
  ['a large branch that varies less', [100, 10], [2000, 40], 'own'],
])('%s', (_, control, treatment, which) => {
  const own = standardError(of(...control), of(...treatment)) as number
  // One variance a user for both: squares about each branch's mean over n − 2.
  const squares = [control, treatment].map(([n, k]) => (k * (n - k)) / n)
  const shared = (squares[0]! + squares[1]!) / (control[0] + treatment[0] - 2)
  const pooled = Math.sqrt(shared / control[0] + shared / treatment[0])
  const found = standardError(...pooledIfWider(of(...control), of(...treatment))) as number
  expect(found / (which === 'own' ? own : pooled)).toBeCloseTo(1, 12)
})

test('what is missing goes to the branch of fewer users', () => {
  const [control, treatment] = [of(2000, 40), of(100, 0)]
  expect(pooledIfWider(control, treatment)[0]).toEqual(control)
  expect(pooledIfWider(treatment, control)[1]).toEqual(control)
})

test('where a branch has no estimate there is nothing to pool', () => {
  expect(standardError(...pooledIfWider(of(1, 1), of(100, 10)))).toBe('insufficient')
  expect(standardError(...pooledIfWider(of(500, 0), of(500, 0)))).toBe('no-variance')
})

/** The same numbers in [0, 1) each time (Park and Miller 1988). */
function uniform(): () => number {
  let state = 1
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

/** Share of tests of nothing, 5 % of the users in the branch and 2 % of all converting, ever called before 2,000 users. */
function falseAlarms(look: (control: Sample, treatment: Sample) => readonly [Sample, Sample], runs: number): number {
  const random = uniform()
  let alarms = 0
  for (let run = 0; run < runs; run++) {
    const counts = [0, 0, 0, 0]
    for (let user = 0; user < 2000; user++) {
      const arm = random() < 0.05 ? 2 : 0
      counts[arm]!++
      if (random() < 0.02) counts[arm + 1]!++
      const [n, k, m, l] = counts as [number, number, number, number]
      const found = confidenceSequence(difference(...look(of(n, k), of(m, l))))
      if (found.kind === 'none' || found.pValue >= 0.05) continue
      alarms++
      break
    }
  }
  return alarms / runs
}

test('looked at from the second user on, small branches raise no false alarms', () => {
  expect(falseAlarms((...own) => own, 60)).toBeGreaterThan(0.3)
  expect(falseAlarms(pooledIfWider, 60)).toBeLessThan(0.05)
})
