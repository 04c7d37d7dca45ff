import type { Definitions } from '@assay/core/control/definitions'
import { canaryOf } from '@assay/core/control/rollout-state'
import type { TestState } from '@assay/core/control/test-state'
import type { MetricDefinition } from '@assay/core/definition/metric'
import { confidenceSequence } from '@assay/stats/anytime/confidence-sequence'
import type { Effect } from '@assay/stats/effect/effect'
import { isImported } from '../imports.js'
import type { Reads } from '../reads.js'
import { widened } from './comparison.js'
import { pairOf } from './estimates.js'
import { phasesWith } from './metric-results.js'
import { readSnapshot } from './snapshot.js'
import { subjectOf } from './subject.js'

/** Of a metric that says nothing of it: how much worse, as a share of the control's value, is still well. */
const MARGIN = 0.05

/** Milliseconds after which a snapshot says nothing of a canary any more. */
const STALE = 300_000

/** The version at which the present attempt began: users of earlier ones had another release. */
function begunAs({ history }: TestState): number {
  const begun = history.findLast((record) => record.what === 'rollout' && record.action === 'begin')
  return begun?.what === 'rollout' ? begun.expects + 1 : 0
}

/** What a test's newest snapshot says of its canary, as ln e-values that hold at every look. */
export interface MetricEvidence {
  lnHarm: number
  lnSafety: number
}

/**
 * Of those of a test's metrics that have a value in both branches since the rollout began, by name: against a canary within the metric's margin,
 * and against one beyond it. Both are one-sided any-time tests of the lift, moved by the margin.
 * @throws AssayError `test-not-found`, `store-unavailable`
 */
export async function metricEvidence(
  reads: Reads,
  definitions: Definitions,
  app: string,
  testId: string,
  names: readonly string[],
  now = Date.now(),
): Promise<Map<string, MetricEvidence>> {
  const [all, imported] = await Promise.all([readSnapshot(reads, app, testId), isImported(reads, app, testId)])
  const state = definitions.test(app, testId)!
  const rows = all.filter(({ phase }) => phase >= begunAs(state))
  if (rows.length === 0 || now - rows[0]!.asOf > STALE) return new Map()
  const subject = subjectOf({ app, testId, imported, asOf: rows[0]!.asOf }, definitions, rows)
  const canary = canaryOf(state.definition)
  const asked = subject.metrics.filter(({ metric }) => names.includes(metric.name))
  return new Map(
    asked.flatMap(({ metric, event }) => {
      const own = rows.filter((row) => row.event === event)
      const { lift } = widened(pairOf(metric, phasesWith(own, subject.control, canary)))
      const evidence = lift.kind === 'none' ? null : evidenceOf(lift, metric, subject.decision.plannedUsers)
      return evidence === null ? [] : [[metric.name, evidence] as const]
    }),
  )
}

function evidenceOf(lift: Effect, { direction, margin = MARGIN }: MetricDefinition, planned: number) {
  const gain = direction === 'up' ? lift.value : -lift.value
  const above = (value: number) => confidenceSequence({ ...lift, value }, { alternative: 'greater', planned })
  const [harm, safety] = [above(-gain - margin), above(gain + margin)]
  return harm.kind === 'none' || safety.kind === 'none' ? null : { lnHarm: harm.lnE, lnSafety: safety.lnE }
}
