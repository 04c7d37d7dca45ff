import { z } from 'zod'
import { reason } from './record.js'
import { rolloutStages } from './rollout-state.js'

export const decisions = ['promote', 'hold', 'suspend', 'rollback'] as const
export const verdicts = ['healthy', 'unhealthy', 'insufficient'] as const

const counts = z.object({ total: z.number(), bad: z.number() })
const evidence = z
  .object({
    lnE: z.number().describe('ln of the e-value'),
    needed: z.number().describe('of which so much is needed.'),
  })
  .describe('How much speaks for it.')

/** What is known of one guardrail in the present phase. */
const guardrailHealth = z.object({
  name: z.string(),
  severity: z.enum(['critical', 'warning']),
  state: z
    .enum(['safe', 'open', 'suspect', 'harmful', 'no-data'])
    .describe('`safe`: shown to be within the margin; `open`: neither shown nor harmful.'),
  canary: counts.nullable().describe('Requests of the phase, and those that were bad; null of a metric.'),
  control: counts.nullable(),
  suspicion: evidence.nullable(),
  harm: evidence,
  safety: evidence,
})

export type GuardrailHealth = z.output<typeof guardrailHealth>

/** A canary as its controller sees it, told every other second and with each step. */
export const canaryHealth = z.object({
  stage: z.enum(rolloutStages),
  decision: z.enum(decisions).describe('What the evidence asks for now.'),
  health: z.enum(['healthy', 'degraded', 'unknown']),
  weight: z.number().describe('Share of users who have the canary.'),
  step: z.number().describe('Of the policy’s, from 0.'),
  steps: z.number(),
  attempt: z.number(),
  release: z.string().optional(),
  users: z.number().describe('Users of the canary in the phase,'),
  requests: z.number().describe('and their requests.'),
  userErrors: z
    .object({ canary: counts, control: counts })
    .describe('Requests of the phase, and those that failed by the caller’s fault, which is held against nobody.'),
  guardrails: z.array(guardrailHealth),
  reasons: z.array(reason),
})

export type CanaryHealth = z.output<typeof canaryHealth>

/** Milliseconds between two tellings, and after which what was told is stale. */
export const TOLD_EVERY = 2000
export const STALE_AFTER = 10_000
