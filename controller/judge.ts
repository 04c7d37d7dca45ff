import type { CanaryHealth, GuardrailHealth } from '@assay/core/control/health'
import type { Reason, RolloutAction } from '@assay/core/control/record'
import type { RolloutState } from '@assay/core/control/rollout-state'
import type { RolloutPolicy } from '@assay/core/definition/rollout'
import { lnNeeded } from '@assay/stats/canary/combine'
import { decide, type Guardrail, type Policy } from '@assay/stats/canary/decide'
import { lnSafety } from '@assay/stats/canary/promote'
import { lnHarm } from '@assay/stats/canary/rollback'
import type { Stratum } from '@assay/stats/canary/stratum'
import { lnSuspicion } from '@assay/stats/canary/suspend'

/** A guardrail with all that is known of it. */
export interface Weighed extends Guardrail {
  readonly severity: 'critical' | 'warning'
  /** Null of a metric. */
  readonly counts: Stratum | null
}

/** What a decision is made of. */
export interface Known {
  policy: RolloutPolicy
  state: RolloutState
  guardrails: readonly Weighed[]
  /** Of the canary, in the phase. */
  users: number
  requests: number
  /** Whether the canary has been silent for as long as the policy lets it. */
  isSilent: boolean
  /** Unix milliseconds. */
  now: number
}

/** What the evidence asks for, and the step to take, if any. */
export interface Judgement {
  decision: CanaryHealth['decision']
  action: Exclude<RolloutAction, 'begin'> | null
  reasons: Reason[]
}

const SECOND = 1000

/** What to do with a canary now, by evidence, policy and stage: at most one step. */
export function judge(known: Known): Judgement {
  const { state, guardrails } = known
  if (state.stage === 'suspended') return whileSuspended(known)
  const critical = asked(known, 'critical')
  if (critical.decision === 'rollback') return step(critical, 'rollback', known)
  // Of a canary that nobody has, what is suspected is of before.
  if (critical.decision === 'suspend') return step(critical, state.weight > 0 ? 'suspend' : null, known)
  if (known.isSilent) return whileSilent(known)
  const warning = asked(known, 'warning')
  if (warning.decision === 'rollback' || warning.decision === 'suspend')
    return { ...step(warning, state.stage === 'rolling' ? 'pause' : null, known), decision: 'hold' }
  const missing = [...critical.reasons, ...warning.reasons].filter(isMissing)
  const isShown = guardrails.length > 0 && missing.length === 0
  if (!isShown) return { decision: 'hold', action: null, reasons: missing.map((reason) => told(reason, known)) }
  const waits = waiting(known)
  if (waits !== null) return { decision: 'hold', action: null, reasons: [waits] }
  const reasons = [...critical.reasons, ...warning.reasons].map((reason) => told(reason, known))
  return { decision: 'promote', action: state.stage === 'rolling' ? 'promote' : null, reasons }
}

/** Harm goes on being judged: what was under way when the canary was suspended still comes. */
function whileSuspended(known: Known): Judgement {
  const { state, policy, now } = known
  const critical = asked(known, 'critical')
  if (critical.decision === 'rollback') return step(critical, 'rollback', known)
  if (state.last.by !== 'controller')
    return { decision: 'suspend', action: null, reasons: [{ reason: 'suspended-by-hand' }] }
  if (state.suspensions > policy.suspensions)
    return { decision: 'suspend', action: null, reasons: [{ reason: 'suspended-too-often' }] }
  const isOver = now - state.since >= policy.resumeAfter * SECOND
  return {
    decision: 'suspend',
    action: isOver ? 'resume' : null,
    reasons: [{ reason: isOver ? 'tried-again' : 'suspended' }],
  }
}

function whileSilent({ policy, state }: Known): Judgement {
  const { act } = policy.missing
  const reasons = [{ reason: 'canary-silent' }]
  if (act === 'hold') return { decision: 'hold', action: null, reasons }
  if (act === 'pause') return { decision: 'hold', action: state.stage === 'rolling' ? 'pause' : null, reasons }
  return { decision: act, action: act, reasons }
}

/** What keeps a canary of which all is shown from its next step. */
function waiting({ policy, state, users, requests, now }: Known): Reason | null {
  const at = policy.steps[Math.min(state.step, policy.steps.length - 1)]!
  if (now - state.since < at.bake * SECOND) return { reason: 'baking' }
  if (users < policy.minimum.users) return { reason: 'too-few-users' }
  if (requests < policy.minimum.requests) return { reason: 'too-few-requests' }
  return at.manual ? { reason: 'manual-step' } : null
}

type Decided = ReturnType<typeof decide>

/** The guardrails of one severity by themselves: what only pauses does not weigh on what rolls back. */
function asked(known: Known, severity: Weighed['severity']): Decided {
  const own = known.guardrails.filter((one) => one.severity === severity)
  if (own.length === 0) return { decision: 'hold', reasons: [] }
  return decide(own, levels(known))
}

function levels({ policy, state }: Pick<Known, 'policy' | 'state'>): Policy {
  const { alpha, suspendAlpha, beta } = policy
  return { alpha, suspendAlpha, beta, attempt: state.attempt, full: isLast(policy, state) }
}

const isLast = ({ steps }: RolloutPolicy, { step }: RolloutState) => step >= steps.length - 1

type Said = Decided['reasons'][number]
const isMissing = (said: Said) => said.reason !== 'safe'

function step({ decision, reasons }: Decided, action: Judgement['action'], known: Known): Judgement {
  return { decision, action, reasons: reasons.map((reason) => told(reason, known)) }
}

/** With the counts of the phase. */
function told(said: Said, { guardrails }: Known): Reason {
  if (!('guardrail' in said)) return said
  const counts = guardrails.find(({ name }) => name === said.guardrail)?.counts
  return { ...said, lnE: finite(said.lnE), ...(counts ?? {}) }
}

/** JSON has no infinity, and a step that cannot be read is none. */
const finite = (lnE: number) => Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, lnE))

/** What is told of each guardrail. */
export function guardrailHealth(one: Weighed, { policy, state }: Pick<Known, 'policy' | 'state'>): GuardrailHealth {
  const { name, severity, counts } = one
  const harm = { lnE: lnHarm(one.harm), needed: lnNeeded(policy.alpha, state.attempt) }
  const suspicion = { lnE: lnSuspicion(one.suspicion), needed: -Math.log(policy.suspendAlpha) }
  const safety = { lnE: lnSafety(one.safety, isLast(policy, state)), needed: lnNeeded(policy.beta, state.attempt) }
  const isSeen = one.safety.floor.starts > 1
  const shown = safety.lnE >= safety.needed ? 'safe' : isSeen ? 'open' : 'no-data'
  const found = harm.lnE >= harm.needed ? 'harmful' : suspicion.lnE >= suspicion.needed ? 'suspect' : shown
  return {
    name,
    severity,
    state: found,
    canary: counts?.canary ?? null,
    control: counts?.control ?? null,
    suspicion,
    harm,
    safety,
  }
}
