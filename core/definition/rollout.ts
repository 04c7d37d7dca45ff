import { z } from 'zod'
import { name } from '../event.js'

const DAY = 86_400
const seconds = z
  .number()
  .min(0)
  .max(30 * DAY)
const level = z.number().gt(0).lt(1)
const margin = z.number().min(0).max(100)

const step = z.strictObject({
  weight: z.number().gt(0).lt(1).describe('Share of users who have the canary.'),
  bake: seconds.default(300).describe('Seconds for which the step lasts at least.'),
  manual: z.boolean().optional().describe('Whether a person has to send it on.'),
  margin: margin
    .optional()
    .describe('How much worse than the control, as a share, the canary must be shown not to be before the next step.'),
})

const common = {
  severity: z
    .enum(['critical', 'warning'])
    .default('critical')
    .describe('What harm does: `critical` suspends and rolls back, `warning` pauses.'),
  weight: z.number().gt(0).max(1e6).default(1).describe('Its say beside the others of its severity.'),
}
const relative = { margin: margin.default(0.5).describe('How much worse than the control, as a share, is still well.') }
const share = level.default(0.001).describe('A share of bad requests below which no canary is at fault.')

const guardrail = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('errors'), ...common, ...relative, floor: share }),
  z.strictObject({
    kind: z.literal('latency'),
    quantile: z.number().min(0.5).max(0.999).default(0.99).describe('Requests above this one of the control are slow.'),
    ...common,
    ...relative,
    floor: z.number().min(0).max(3_600_000).default(1).describe('Milliseconds below which nothing is slow.'),
  }),
  z.strictObject({ kind: z.literal('hung'), ...common, ...relative, floor: share }),
  z.strictObject({
    kind: z.literal('metric'),
    metric: name.describe('One of the test’s metrics or guardrails, with the margin of its own.'),
    ...common,
  }),
])

export type RolloutGuardrail = z.output<typeof guardrail>

/** By which a guardrail is known where evidence is told. */
export const guardrailName = (one: RolloutGuardrail): string =>
  one.kind === 'metric' ? one.metric : one.kind === 'latency' ? `latency p${100 * one.quantile}` : one.kind

const unique = (all: readonly unknown[]) => new Set(all).size === all.length

export const rolloutPolicy = z.strictObject({
  steps: z
    .array(step)
    .min(1)
    .max(100)
    .refine((all) => all.every((one, i) => i === 0 || one.weight > all[i - 1]!.weight), 'must have growing weights')
    .prefault([0.01, 0.05, 0.25, 0.5].map((weight) => ({ weight })))
    .describe('Weights of the canary, one after the other; behind the last one everybody has it.'),
  guardrails: z
    .array(guardrail)
    .min(1)
    .max(20)
    .refine((all) => unique(all.map(guardrailName)), 'must differ')
    .prefault([{ kind: 'errors' }])
    .describe('What must not get worse.'),
  minimum: z
    .strictObject({
      users: z.int().min(0).max(1e9).default(0),
      requests: z.int().min(0).max(1e9).default(100),
    })
    .prefault({})
    .describe('Users and requests that the canary must have had in a step before the next one.'),
  alpha: level
    .default(0.01)
    .describe('How often a canary within every margin may be rolled back, over all of its attempts.'),
  suspendAlpha: level
    .default(0.001)
    .describe('How often such a one may be suspended, each time, if its requests fail independently.'),
  beta: level.default(0.05).describe('How often a canary beyond a margin may be sent to everybody.'),
  resumeAfter: seconds.default(60).describe('Seconds after which a suspended canary is tried again.'),
  suspensions: z
    .int()
    .min(0)
    .max(100)
    .default(3)
    .describe('After so many, a further one lasts until a person resumes it.'),
  missing: z
    .strictObject({
      after: z.number().min(5).max(DAY).default(60).describe('Seconds.'),
      act: z.enum(['hold', 'pause', 'suspend', 'rollback']).default('suspend'),
    })
    .prefault({})
    .describe('What becomes of a canary from which nothing is heard while the control has traffic.'),
  dryRun: z
    .boolean()
    .optional()
    .describe('Whether the controller only tells what it would do; what people do is done.'),
  notify: z
    .array(z.url({ protocol: /^https?$/ }).max(2000))
    .max(10)
    .default([])
    .describe('Addresses that hear of each step, by signed webhooks.'),
})

export type RolloutPolicy = z.output<typeof rolloutPolicy>
