import type { Definitions } from '@assay/core/control/definitions'
import { type Phase, phasesOf } from '@assay/core/control/phases'
import { testMetrics } from '@assay/core/control/test-metrics'
import { type Computation, computationOf, type Measure } from '@assay/core/definition/measure'
import type { MetricDefinition } from '@assay/core/definition/metric'

export type PlannedMetric = Computation & { metric: MetricDefinition }

/** What is to be computed of a test that is defined; of any other it is two metrics of each event. */
export interface TestPlan {
  test: string
  /** Of its definition: whatever it changes, the test has a snapshot by it. */
  version?: number
  phases: Phase[]
  /** Each computation once, whatever it is called. */
  metrics: PlannedMetric[]
}

export type Plan = readonly TestPlan[]

/** What an app's definitions ask for. */
export function planOf(definitions: Definitions, app: string): Plan {
  const ofApp = definitions.metrics(app)
  return [...definitions.tests(app)].map(([test, { definition, history, version }]) => {
    const { metrics, guardrails } = testMetrics(definition, ofApp)
    const planned = [...metrics, ...guardrails].map((metric) => ({ metric, ...computationOf(metric) }))
    return { test, version, phases: phasesOf(history), metrics: [...new Map(planned.map((m) => [m.id, m])).values()] }
  })
}

/** All that metrics are sums of, each once. */
export function measuresOf({ metrics }: { metrics: readonly PlannedMetric[] }): Measure[] {
  const all = metrics.flatMap(({ variables, covariates }) => [...variables, ...covariates])
  return [...new Map(all.map(({ measure }) => [measure.id, measure])).values()]
}

/** What no user counts for more than, if anything. */
export const capOf = ({ metric }: PlannedMetric) => ('cap' in metric ? metric.cap : undefined)

/** The percentile that caps a metric; null where none does. */
export function percentileOf(metric: PlannedMetric): number | null {
  const cap = capOf(metric)
  return cap !== undefined && 'percentile' in cap ? cap.percentile : null
}

/** Tests that are asked the same metrics, which are computed at once. */
export interface Group {
  tests: string[]
  metrics: readonly PlannedMetric[]
}

/** A percentile is of one test's users: where one caps a metric the test stands alone. */
export function groupsOf(plan: Plan): Group[] {
  const groups = new Map<string, Group>()
  for (const { test, metrics } of plan) {
    if (metrics.length === 0) continue
    const isAlone = metrics.some((metric) => percentileOf(metric) !== null)
    const key = isAlone ? `alone ${test}` : metrics.map(({ id }) => id).join()
    const known = groups.get(key)
    if (known === undefined) groups.set(key, { tests: [test], metrics })
    else known.tests.push(test)
  }
  return [...groups.values()]
}
