import type { EProcess } from '@assay/stats/canary/e-process'
import type { Evidence } from '@assay/stats/canary/guardrail'
import { noSuspicion } from '@assay/stats/canary/suspend'

/** What the results of a metric say of the canary, by ln e-values that hold at every look. */
export interface MetricEvidence {
  /** Against a canary that is within the metric's margin; */
  lnHarm: number
  /** against one that is not. */
  lnSafety: number
}

/** Where the controller asks for the metrics of a test: those that have results, by name. May be slow, and may fail. */
export type AskMetrics = (
  app: string,
  testId: string,
  names: readonly string[],
) => Promise<ReadonlyMap<string, MetricEvidence>>

/** All wealth is staked, and this is what became of it. */
const settled = (lnE: number): EProcess => ({ lnMasses: [lnE], starts: Infinity })

/** Metrics are of users, each taken once: there is one question where requests have several, and nothing to suspect in seconds. */
export function evidenceOf({ lnHarm, lnSafety }: MetricEvidence): Evidence {
  const [harm, safety] = [settled(lnHarm), settled(lnSafety)]
  const pair = { relative: harm, floor: harm }
  return {
    suspicion: noSuspicion,
    harm: { users: pair, blocks: pair },
    // Nothing is staked on a floor, of which metrics have none.
    safety: {
      requests: safety,
      users: safety,
      blocks: safety,
      floor: { lnMasses: [Number.NEGATIVE_INFINITY], starts: 2 },
    },
  }
}
