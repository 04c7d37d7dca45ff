import type { Definitions } from '@assay/core/control/definitions'
import { phasesOf, stateAt } from '@assay/core/control/phases'
import { testMetrics } from '@assay/core/control/test-metrics'
import { computationOf } from '@assay/core/definition/measure'
import type { SnapshotRow } from './snapshot.js'

const nothing = {
  ...{ users: 0, converted: 0, mean: 0, m2: 0, sum: 0, crossover: 0, inferred: 0 },
  ...{ identified: 0, differing: 0, shared: 0, means: [], comoments: [], steps: [], ranks: [], cap: null },
}

/**
 * The snapshot of a test that nobody is in yet: no users, in each branch and metric that was defined at a time, in Unix
 * milliseconds. No rows of a test that was not defined by then.
 */
export function nobodyIn(definitions: Definitions, app: string, testId: string, asOf: number): SnapshotRow[] {
  const history = definitions.test(app, testId)?.history.filter(({ at }) => at <= asOf) ?? []
  const state = stateAt(history, asOf)
  if (state === undefined) return []
  const { metrics, guardrails } = testMetrics(state.definition, definitions.metrics(app), asOf)
  const events = new Set(['', ...[...metrics, ...guardrails].map((metric) => computationOf(metric).id)])
  const phase = phasesOf(history).at(-1)?.version ?? 0
  return [...events].flatMap((event) =>
    state.definition.branches.map(({ name }) => ({ ...nothing, asOf, event, phase, branch: name })),
  )
}
