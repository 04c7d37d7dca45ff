import { lnMean, lnNeeded } from './combine.js'
import type { Evidence } from './guardrail.js'
import { lnSafety } from './promote.js'
import { lnHarm } from './rollback.js'
import { lnSuspicion } from './suspend.js'

export interface Guardrail extends Evidence {
  readonly name: string
  /** Above 0, on any scale: its say in suspending and rolling back. */
  readonly weight: number
}

export interface Policy {
  /** Probabilities in (0, 1) of the three errors, as `decide` states them. */
  readonly alpha: number
  readonly suspendAlpha: number
  readonly beta: number
  /** From 1: how often this release has been tried, this time included. */
  readonly attempt: number
  /** Whether the next step sends everyone to the canary. */
  readonly full: boolean
}

/** One guardrail's evidence, against what was needed. */
export interface Finding {
  readonly reason: 'harmful' | 'suspect' | 'safe' | 'not-shown' | 'no-data'
  readonly guardrail: string
  readonly lnE: number
  readonly needed: number
}

export interface Decision {
  readonly decision: 'rollback' | 'suspend' | 'promote' | 'hold'
  readonly reasons: readonly (Finding | { readonly reason: 'out-of-range' })[]
}

const finding = ({ name }: Guardrail, reason: Finding['reason'], lnE: number, needed: number): Finding => ({
  reason,
  guardrail: name,
  lnE,
  needed,
})

/** The guardrails that carry the weighted mean over what is needed; none where it stays below. */
function accusers(
  guardrails: readonly Guardrail[],
  reason: Finding['reason'],
  lnE: (guardrail: Guardrail) => number,
  needed: number,
): Finding[] {
  const findings = guardrails.map((g) => finding(g, reason, lnE(g), needed))
  const mean = lnMean(
    findings.map((found) => found.lnE),
    guardrails.map(({ weight }) => weight),
  )
  return mean >= needed ? findings.filter((found) => found.lnE >= needed) : []
}

function shown(guardrail: Guardrail, full: boolean, needed: number): Finding {
  const lnE = lnSafety(guardrail.safety, full)
  const reason = lnE >= needed ? 'safe' : guardrail.safety.floor.starts > 1 ? 'not-shown' : 'no-data'
  return finding(guardrail, reason, lnE, needed)
}

const possible = (guardrails: readonly Guardrail[], { alpha, suspendAlpha, beta, attempt }: Policy) =>
  [alpha, suspendAlpha, beta].every((level) => level > 0 && level < 1) &&
  attempt >= 1 &&
  guardrails.length > 0 &&
  guardrails.every(({ weight }) => weight > 0 && weight < Infinity)

/**
 * What to do with a canary now; may be asked after every stratum. The first of these that holds:
 * - `rollback`: the guardrails' weighted mean harm reaches 1 / α. A canary within every margin is rolled back with
 *   probability at most α, over all phases and attempts at its release, where bad clusters by user and retry or by instance.
 * - `suspend`: their mean suspicion reaches 1 / α_s. Falsely with probability at most α_s each time suspicion starts anew,
 *   if requests fail independently; far oftener where they cluster, which is why it is reversible.
 * - `promote`: every guardrail's safety reaches 1 / β. A canary beyond some margin and its floor
 *   takes the `full` step in any attempt with probability at most β, under either assumption of rollback; a step before it
 *   only where neither instances nor unlike users cluster what is bad. Where bad clusters, it holds from some five times
 *   the floor on.
 * - `hold`, with all that is missing. Without data nothing is shown, and nothing is promoted.
 * No guardrails, or a policy or weight outside its domain, hold too.
 */
export function decide(guardrails: readonly Guardrail[], policy: Policy): Decision {
  if (!possible(guardrails, policy)) return { decision: 'hold', reasons: [{ reason: 'out-of-range' }] }
  const { alpha, suspendAlpha, beta, attempt, full } = policy

  const harmful = accusers(guardrails, 'harmful', (g) => lnHarm(g.harm), lnNeeded(alpha, attempt))
  if (harmful.length > 0) return { decision: 'rollback', reasons: harmful }

  const suspect = accusers(guardrails, 'suspect', (g) => lnSuspicion(g.suspicion), -Math.log(suspendAlpha))
  if (suspect.length > 0) return { decision: 'suspend', reasons: suspect }

  const findings = guardrails.map((g) => shown(g, full, lnNeeded(beta, attempt)))
  const missing = findings.filter(({ reason }) => reason !== 'safe')
  if (missing.length === 0) return { decision: 'promote', reasons: findings }
  return { decision: 'hold', reasons: missing }
}
