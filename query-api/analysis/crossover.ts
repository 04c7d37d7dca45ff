import type { DecisionDefinition } from '@assay/core/definition/decision'
import { crossover } from '@assay/stats/health/crossover'
import type { PhaseUsers } from './arms.js'
import type { Results } from './reply.js'

/** How many users were seen in another branch than their first, and whether that depends on the branch. */
export function crossoverOf(
  phases: readonly PhaseUsers[],
  { alpha, plannedUsers }: DecisionDefinition,
): Results['crossover'] {
  const counts = phases.map(({ users, crossed, weights }) => {
    const names = Object.keys(users)
    const list = (of: Readonly<Record<string, number>>) => names.map((name) => of[name] ?? 0)
    return { users: list(users), crossed: list(crossed), weights: list(weights) }
  })
  const users = counts.reduce((sum, { crossed }) => sum + crossed.reduce((a, b) => a + b, 0), 0)
  const found = crossover(counts, { alpha, planned: plannedUsers })
  if (found.kind === 'none') return { users, share: null, ci: null, pValue: null }
  return { users, share: found.share, ci: [...found.ci], pValue: found.difference.pValue }
}
