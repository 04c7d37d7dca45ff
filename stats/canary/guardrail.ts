import { noSafety, type Safety, safety } from './promote.js'
import { type Harm, harm, noHarm } from './rollback.js'
import type { Closed, Limits } from './stratum.js'
import { noSuspicion, type Suspicion, suspect } from './suspend.js'

/**
 * All evidence about one guardrail (errors, latency, hung requests), as plain records to store and resume. A resumed canary
 * starts with `resumed`, a phase with `noSafety`, and an attempt with all of `noEvidence`.
 */
export interface Evidence {
  readonly suspicion: Suspicion
  readonly harm: Harm
  readonly safety: Safety
}

/** Before the first stratum. */
export const noEvidence: Evidence = { suspicion: noSuspicion, harm: noHarm, safety: noSafety }

/** The evidence after what has closed. `step`: the margin to be shown before the phase may end, where it is a wider one. */
export const observe = (
  evidence: Evidence,
  closed: Closed,
  limits: Limits,
  step: number = limits.margin,
): Evidence => ({
  suspicion: suspect(evidence.suspicion, closed, limits),
  harm: harm(evidence.harm, closed, limits),
  safety: safety(evidence.safety, closed, { ...limits, margin: step }),
})
