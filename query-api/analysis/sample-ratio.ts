import type { DecisionDefinition } from '@assay/core/definition/decision'
import { sampleRatio } from '@assay/stats/health/sample-ratio'
import { sequentialSampleRatio } from '@assay/stats/health/sequential-sample-ratio'
import type { PhaseUsers } from './arms.js'
import type { Results } from './reply.js'

/** Below this the shares of users are not what was meant, and no comparison can be trusted. */
const SRM_ALPHA = 0.01

/** Users per branch against their weights, phase by phase: evidence of phases multiplies. */
export function sampleRatioOf(phases: readonly PhaseUsers[], { method }: DecisionDefinition): Results['srm'] {
  const counts = phases.map(({ users, weights }) => {
    const names = [...new Set([...Object.keys(users), ...Object.keys(weights)])]
    return { users: names.map((name) => users[name] ?? 0), weights: names.map((name) => weights[name] ?? 0) }
  })
  const fixed = overall(phases)
  const anytime = sequentialSampleRatio(counts)
  const deciding = method === 'any-time' ? anytime : fixed
  return {
    chiSquared: fixed.chiSquared,
    pValue: fixed.pValue,
    anytime: { pValue: anytime.pValue, lnP: anytime.lnP },
    ok: deciding.pValue >= SRM_ALPHA,
    phases: counts.map((count, i) => ({
      phase: phases[i]!.phase,
      pValue: sampleRatio(count.users, count.weights).pValue,
    })),
  }
}

/** All users against those that the phases' weights would have given each branch, were it not for chance. */
function overall(phases: readonly PhaseUsers[]) {
  const names = [...new Set(phases.flatMap(({ users, weights }) => [...Object.keys(users), ...Object.keys(weights)]))]
  const observed = names.map((name) => sum(phases.map(({ users }) => users[name] ?? 0)))
  const expected = names.map((name) =>
    sum(
      phases.map(
        ({ users, weights }) => (sum(Object.values(users)) * (weights[name] ?? 0)) / sum(Object.values(weights)),
      ),
    ),
  )
  return sampleRatio(observed, expected)
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
