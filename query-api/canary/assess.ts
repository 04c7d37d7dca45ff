import { createHash } from 'node:crypto'
import { decisions, STALE_AFTER } from '@assay/core/control/health'
import type { RolloutStage, RolloutState } from '@assay/core/control/rollout-state'
import type { TestState } from '@assay/core/control/test-state'
import type { Canary, ToldHealth } from './reply.js'
import type { Told, Untold } from './told.js'

type Decision = Canary['decision']
type Verdict = Canary['verdict']

/** What a stage decides by itself, whoever tells of it or is silent. */
const settled: Partial<Record<RolloutStage, Decision>> = {
  suspended: 'suspend',
  done: 'promote',
  'rolled-back': 'rollback',
  ended: 'hold',
}

export const isOver = (stage: Canary['stage']) => stage === 'done' || stage === 'rolled-back' || stage === 'ended'

/** A short text that is another one for another value. */
export const digest = (value: unknown) =>
  createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 27)

interface About {
  app: string
  testId: string | null
}

/** A canary of which nothing is known, for this reason. */
export function unknown({ app, testId }: About, reason: string): Canary {
  const none = { stage: null, weight: null, step: null, steps: null, phase: null, attempt: null, release: null }
  return {
    ...{ app, testId, verdict: 'insufficient', decision: 'hold', health: 'unknown', ...none },
    ...{ users: null, requests: null, userErrors: null, guardrails: [], reasons: [{ reason }], last: null },
    ...{ asOf: null, staleAfter: STALE_AFTER, mark: digest([testId, 0, 'insufficient']) },
  }
}

/**
 * A canary by the steps of its rollout and what its controller told. What is not told, is of another step or is stale
 * counts for nothing, but what a stage decides by itself stays so.
 * @param now Unix milliseconds
 */
export function assess(about: About, test: TestState, told: Told | Untold, now: number): Canary {
  const { rollout, definition, phase, version } = test
  if (rollout === undefined) return unknown(about, 'no-rollout')
  const { evidence, at, lack } = standing(rollout, told, now)
  const fresh = lack === null ? evidence : null
  const { stage, step, weight, attempt, release, last } = rollout
  const decision = decisionOf(stage, fresh?.decision)
  const verdict = verdictOf(decision, fresh)
  const { action, by, why, dry } = last
  return {
    ...{ ...about, verdict, decision, health: fresh?.health ?? 'unknown' },
    ...{ stage, weight, step, steps: definition.rollout?.steps.length ?? null, phase, attempt },
    ...{ release: release ?? null, users: evidence?.users ?? null, requests: evidence?.requests ?? null },
    userErrors: evidence?.userErrors ?? null,
    guardrails: evidence?.guardrails ?? [],
    reasons: fresh?.reasons ?? [...(isOver(stage) || lack === null ? [] : [{ reason: lack }]), ...last.reasons],
    last: { action, at: new Date(last.at).toISOString(), by, why, dry },
    ...{ asOf: at === null ? null : new Date(at).toISOString(), staleAfter: STALE_AFTER },
    mark: digest([about.testId, version, verdict]),
  }
}

interface Standing {
  /** What was told of this very step. */
  evidence: ToldHealth | null
  at: number | null
  /** What keeps it from counting. */
  lack: string | null
}

function standing(rollout: RolloutState, told: Told | Untold, now: number): Standing {
  if (typeof told === 'string') return { evidence: null, at: null, lack: told }
  const { at, health } = told
  if (!isOfStep(rollout, told)) return { evidence: null, at: null, lack: 'behind' }
  return { evidence: health, at, lack: Math.abs(now - at) > STALE_AFTER ? 'stale' : null }
}

/** The log may be ahead of what was told: of an earlier step nothing says how this one goes. */
function isOfStep({ stage, step, attempt, release, since }: RolloutState, { at, health }: Told): boolean {
  const isSame = health.stage === stage && health.step === step && health.attempt === attempt
  return isSame && health.release === release && at >= since
}

/** What the stage has decided, unless what is asked for now is worse. */
function decisionOf(stage: RolloutStage, asked: Decision | undefined): Decision {
  const own = settled[stage]
  if (asked === undefined || own === undefined) return asked ?? own ?? 'hold'
  const isWorse = decisions.indexOf(asked) > Math.max(decisions.indexOf('hold'), decisions.indexOf(own))
  return isWorse ? asked : own
}

function verdictOf(decision: Decision, fresh: ToldHealth | null): Verdict {
  if (decision === 'suspend' || decision === 'rollback') return 'unhealthy'
  if (decision === 'promote') return 'healthy'
  if (fresh === null || fresh.health !== 'healthy' || fresh.guardrails.length === 0) return 'insufficient'
  return fresh.guardrails.every(({ state }) => state === 'safe') ? 'healthy' : 'insufficient'
}
