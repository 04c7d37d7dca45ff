import { reason, rolloutActions } from '@assay/core/control/record'
import { rolloutStages } from '@assay/core/control/rollout-state'
import { stages } from '@assay/core/control/test-state'
import { metricDefinition } from '@assay/core/definition/metric'
import { testDefinition } from '@assay/core/definition/test'
import { z } from 'zod'

/** What the query API answers, in zod: its types, its check and its OpenAPI document all come from here. */

export const nullable = <T extends z.ZodType>(schema: T, description: string) => schema.nullable().describe(description)
export const instant = z.string().describe('ISO 8601, UTC')
const quarter = z.string().describe('Start of the quarter hour, ISO 8601, UTC')

const version = z.number().describe('Raised by every change; the ETag is this number in quotes.')
const stage = z.enum(stages)
const current = z.literal(true).describe('It is the app’s current test.')

export const appsReply = z.object({
  apps: z.array(
    z.object({
      app: z.string(),
      events: z.number().describe('Events stored.'),
      tests: z.number(),
      firstSeen: quarter,
      lastSeen: quarter,
    }),
  ),
})

export const testsReply = z.object({
  app: z.string(),
  tests: z.array(
    z.object({
      testId: z.string(),
      branches: z.array(z.string()).describe('As defined, and as events name them.'),
      events: z.array(z.string()),
      users: z.number().describe('As of the newest results.'),
      firstSeen: quarter.optional().describe('Missing where no event has come.'),
      lastSeen: quarter.optional(),
      stage: stage.optional().describe('Missing, as is the version, where the test is known from its events alone.'),
      version: version.optional(),
      current: current.optional(),
    }),
  ),
})

export type Tests = z.infer<typeof testsReply>

/** Buckets without the event have no point. */
export const seriesReply = z.object({
  app: z.string(),
  testId: z.string(),
  event: z.string(),
  bucket: z.string(),
  tz: z.string(),
  cumulative: z
    .literal(true)
    .optional()
    .describe('A point is of all from the first bucket on up to the end of its own; else of its bucket alone.'),
  series: z.array(
    z.object({
      branch: z.string(),
      points: z.array(
        z.object({
          start: instant,
          count: z.number(),
          mean: z.number(),
          stddev: nullable(z.number(), 'Sample; null for one event.'),
          min: z.number(),
          max: z.number(),
          users: z.number().describe('Approximate above a few thousand: about 0.5 % off.'),
          p50: z.number().describe('Quantiles are within 1 %.'),
          p90: z.number(),
          p95: z.number(),
          p99: z.number(),
        }),
      ),
    }),
  ),
})

export type Series = z.infer<typeof seriesReply>

export const usersReply = z.object({
  app: z.string(),
  testId: z.string(),
  users: z
    .array(
      z.object({
        user_hash: z.string().describe('The user: 64 bits, in decimal.'),
        branch: z.string(),
        phase: z.number().describe('Version of the definition by which the user was assigned; 0 in no phase.'),
        since: z.string().describe('The first exposure, ISO 8601, UTC.'),
        inferred: z.boolean().describe('The test has no exposures: since is the first event.'),
        crossed: z.boolean().describe('Was seen in another branch, too.'),
        identified: z.boolean().describe('Is known by several ids, which count as one user.'),
        event: z.string().describe('Empty for a user without events.'),
        n: z.number().describe('How often, since the exposure.'),
        sum: z.number().describe('Of its values.'),
      }),
    )
    .describe('One for each user and event.'),
})

export const sqlReply = z.object({
  meta: z.array(z.object({ name: z.string(), type: z.string() })).describe('The columns.'),
  data: z.array(z.array(z.unknown())).describe('The rows; whole numbers of 64 bits are text.'),
  rows: z.number(),
})

export const importReply = z.object({
  rows: z.number().describe('Distinct events of this import that are counted.'),
  next: z.number().describe('The least sequence number that is not.'),
})

export const tailReply = {
  description:
    'Each event as it is logged, from the start of the request on: `data:` and its JSON. Comments keep it alive.',
  content: { 'text/event-stream': { schema: z.string() } },
}

const ship = z.string().optional().describe('The branch that all users get.')

export const changedReply = z.object({ app: z.string(), testId: z.string(), version, stage })
export const currentReply = z.object({ ...changedReply.shape, current })

export type Changed = z.infer<typeof changedReply>

export const rolloutStep = {
  action: z.enum(rolloutActions),
  at: instant,
  by: z.string().describe('The kind of the key, or the controller.'),
  why: z.string().optional(),
  dry: z.literal(true).optional().describe('It was only told.'),
}

/** A rollout as its steps have made it. */
export const rolloutReply = z.object({
  stage: z.enum(rolloutStages),
  step: z.number().describe('Of the policy’s, from 0: the one it is at, or would go on at.'),
  weight: z.number().describe('Share of users who have the canary.'),
  attempt: z.number().describe('From 1: how often this release has been tried.'),
  release: z.string().optional(),
  began: instant,
  since: instant.describe('Since when its weight is what it is.'),
  suspensions: z.number().describe('In this attempt.'),
  last: z.object({ ...rolloutStep, reasons: z.array(reason) }),
})

export type RolloutTold = z.infer<typeof rolloutReply>

export const definitionReply = z.object({
  ...changedReply.shape,
  current: current.optional(),
  phase: z.number().describe('The version since which clients see the same; events name branches with it.'),
  ship,
  rollout: rolloutReply.optional().describe('As its steps have made it.'),
  definition: z.object(testDefinition.shape),
})

export const rolloutChangedReply = z.object({ ...changedReply.shape, rollout: rolloutReply })

export type RolloutChanged = z.infer<typeof rolloutChangedReply>
export type Defined = z.infer<typeof definitionReply>

export const historyReply = z.object({
  app: z.string(),
  testId: z.string(),
  history: z.array(
    z.object({
      version,
      at: instant,
      by: z.string().describe('The kind of the key.'),
      why: z.string().optional(),
      what: z.enum(['define', 'start', 'stop', 'archive', 'current', 'rollout']),
      definition: z.object(testDefinition.shape).optional(),
      ship,
      action: z.enum(rolloutActions).optional().describe('Of a rollout;'),
      release: z.string().optional(),
      dry: z.literal(true).optional().describe('only told, as the policy says;'),
      epoch: z.number().optional().describe('of the controller which took the step;'),
      reasons: z.array(reason).optional().describe('for these reasons.'),
    }),
  ),
})

export type History = z.infer<typeof historyReply>

const metricChange = { app: z.string(), name: z.string(), version }
export const metricChangedReply = z.object(metricChange)

export type MetricChanged = z.infer<typeof metricChangedReply>

const users = z
  .array(z.object({ testId: z.string(), stage }))
  .describe('Tests that name it, as a metric or a guardrail: what it is now is what they show.')
const definedMetric = { name: z.string(), version, tests: users, definition: metricDefinition }

export const metricReply = z.object({ app: z.string(), ...definedMetric })

export type DefinedMetric = z.infer<typeof metricReply>

export const metricsReply = z.object({ app: z.string(), metrics: z.array(z.object(definedMetric)) })

export type Metrics = z.infer<typeof metricsReply>

export const metricHistoryReply = z.object({
  app: z.string(),
  name: z.string(),
  history: z.array(
    z.object({
      version,
      at: instant,
      by: z.string().describe('The kind of the key.'),
      why: z.string().optional(),
      definition: metricDefinition,
    }),
  ),
})

export type MetricHistory = z.infer<typeof metricHistoryReply>
