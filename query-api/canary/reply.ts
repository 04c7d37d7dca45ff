import { canaryHealth, decisions, verdicts } from '@assay/core/control/health'
import { reason } from '@assay/core/control/record'
import { rolloutStages } from '@assay/core/control/rollout-state'
import { z } from 'zod'
import { instant, nullable, rolloutStep } from '../schemas.js'

/** JSON has no other spelling of a number that is not finite. */
const amount = z.number().nullable()

const counts = z.object({ total: amount, bad: amount })
const ofBoth = z.object({ canary: counts, control: counts })
const evidence = z.object({
  lnE: amount.describe('ln of the e-value'),
  needed: amount.describe('of which so much is needed.'),
})
const { severity, state } = canaryHealth.shape.guardrails.element.shape

const guardrail = z.object({
  name: z.string(),
  severity,
  state,
  canary: nullable(counts, 'Requests of the phase, and those that were bad; null of a metric.'),
  control: counts.nullable(),
  suspicion: nullable(evidence, 'What speaks for suspending,'),
  harm: evidence.describe('for rolling back,'),
  safety: evidence.describe('for the next step.'),
})

const finding = reason.extend({
  lnE: amount.optional().describe('ln of the e-value;'),
  needed: amount.optional().describe('of which so much was needed.'),
  canary: counts.optional().describe('Requests of the phase,'),
  control: counts.optional().describe('of both branches.'),
})

/** A `CanaryHealth` as it is read back: what was not finite has become null on the way. */
export const toldHealth = z.object({
  ...canaryHealth.shape,
  users: amount,
  requests: amount,
  userErrors: ofBoth,
  guardrails: z.array(guardrail),
  reasons: z.array(finding),
})

export type ToldHealth = z.output<typeof toldHealth>

export const canaryReply = z.object({
  app: z.string(),
  testId: nullable(z.string(), 'Null where no test of the app has a rollout.'),
  verdict: z.enum(verdicts).describe('In one word, for who acts on words.'),
  decision: z.enum(decisions).describe('What the evidence asks for now.'),
  health: z.enum(['healthy', 'degraded', 'unknown']),
  stage: nullable(z.enum(rolloutStages), 'Null, as all of the rollout, where there is none.'),
  weight: nullable(z.number(), 'Share of users who have the canary.'),
  step: nullable(z.number(), 'Of the policy’s, from 0.'),
  steps: nullable(z.number(), 'How many the policy has.'),
  phase: nullable(z.number(), 'The version since which users are split like this.'),
  attempt: nullable(z.number(), 'From 1: how often this release has been tried.'),
  release: z.string().nullable(),
  users: nullable(z.number(), 'Users of the canary in the phase,'),
  requests: nullable(z.number(), 'and their requests; null where that is not known.'),
  userErrors: nullable(
    ofBoth,
    'Requests of the phase, and those that failed by the caller’s fault, which is held against nobody.',
  ),
  guardrails: z.array(guardrail),
  reasons: z.array(finding),
  last: nullable(z.object(rolloutStep), 'The last step of the rollout.'),
  asOf: nullable(instant, 'When the controller told of the evidence.'),
  staleAfter: z.number().describe('Milliseconds behind asOf after which nothing is known any more.'),
  mark: z.string().describe('Another one where verdict or definition are others: what `seen` takes.'),
})

export type Canary = z.infer<typeof canaryReply>
