import { stages } from '@assay/core/control/test-state'
import { decisionDefinition } from '@assay/core/definition/decision'
import { metricDefinition } from '@assay/core/definition/metric'
import { testDefinition } from '@assay/core/definition/test'
import { z } from 'zod'

/** What the query API answers, in zod: its types, its check and its OpenAPI document all come from here. */

const nullable = <T extends z.ZodType>(schema: T, description: string) => schema.nullable().describe(description)
const interval = z.tuple([z.number(), z.number()])
const instant = z.string().describe('ISO 8601, UTC')
const quarter = z.string().describe('Start of the quarter hour, ISO 8601, UTC')

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
      branches: z.array(z.string()),
      events: z.array(z.string()),
      users: z.number().describe('As of the newest results.'),
      firstSeen: quarter,
      lastSeen: quarter,
    }),
  ),
})

const answer = z.object({
  pValue: nullable(z.number(), 'Two-sided; 0 where it is below the least double, see lnP.'),
  lnP: nullable(z.number(), 'ln of the p-value.'),
  ci: nullable(interval, 'Interval of the effect; covers 1 − alpha.'),
  relativeCi: nullable(
    interval,
    'Interval of the relative effect: by the delta method, by Fieller’s where the control’s mean is within 10 standard errors of 0; null where that has no bounds.',
  ),
  reason: z
    .enum(['insufficient', 'no-variance', 'zero-baseline', 'out-of-range'])
    .optional()
    .describe('Why there is no answer.'),
})

const comparison = z.object({
  branch: z.string(),
  effect: nullable(z.number(), 'The branch’s mean less the control’s.'),
  relative: nullable(z.number(), 'The effect as a share of the control’s mean.'),
  fixed: answer.describe('Welch’s test: right if this is the only look, at a time settled beforehand.'),
  anytime: answer.describe(
    'A confidence sequence: right at every look, however many there are. Its p is that of this look.',
  ),
  method: decisionDefinition.shape.method
    .unwrap()
    .describe('Which of the two decides: `anytime` for any-time, `fixed` for single-look. Chosen before the start.'),
  verdict: z
    .enum(['better', 'worse', 'inconclusive'])
    .describe('By that method alone, not adjusted for other metrics.'),
  provisional: z
    .boolean()
    .describe(
      'The metric has no window: what users do later still counts, so a look takes some users’ totals unfinished, and with very many looks errors pass alpha (10 % where 5 % was asked, looking each minute for 90 days). Not of imports, which are finished.',
    ),
})

const metric = z.object({
  name: z.string(),
  event: z.string(),
  kind: metricDefinition.shape.kind,
  branches: z.array(
    z.object({
      branch: z.string(),
      users: z.number(),
      mean: z.number(),
      stddev: nullable(z.number(), 'Sample; null for one user.'),
      sum: z.number(),
    }),
  ),
  comparisons: z.array(comparison),
})

export const resultsReply = z.object({
  app: z.string(),
  testId: z.string(),
  asOf: instant,
  control: z.string(),
  decision: z.object(decisionDefinition.shape).describe('How the test is decided: settled before its start.'),
  branches: z.array(z.object({ branch: z.string(), users: z.number() })),
  srm: z
    .object({
      chiSquared: z.number(),
      pValue: z.number().describe('By chi-square: right for a single look.'),
      anytime: z
        .object({ pValue: z.number(), lnP: z.number() })
        .describe('By the sequential multinomial test: right at every look.'),
      ok: z.boolean(),
    })
    .describe(
      'Sample ratio: users per branch against equal shares. Ok unless p < 0.01, by the test that suits the method that decides.',
    ),
  crossover: z.object({ users: z.number().describe('Users seen in more than one branch; each counts in the first.') }),
  metrics: z.array(metric),
  warnings: z.array(z.object({ code: z.string(), message: z.string() })),
})

export type Results = z.infer<typeof resultsReply>
export type Metric = z.infer<typeof metric>
export type Comparison = z.infer<typeof comparison>
export type Answer = z.infer<typeof answer>

/** Buckets without the event have no point. */
export const seriesReply = z.object({
  app: z.string(),
  testId: z.string(),
  event: z.string(),
  bucket: z.string(),
  tz: z.string(),
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
        since: z.string().describe('The first exposure, ISO 8601, UTC.'),
        inferred: z.boolean().describe('The test has no exposures: since is the first event.'),
        crossed: z.boolean().describe('Was seen in another branch, too.'),
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

const version = z.number().describe('Raised by every change; the ETag is this number in quotes.')
const stage = z.enum(stages)
const ship = z.string().optional().describe('The branch that all users get.')

export const changedReply = z.object({ app: z.string(), testId: z.string(), version, stage })

export const definitionReply = z.object({
  ...changedReply.shape,
  phase: z.number().describe('The version since which clients see the same; events name branches with it.'),
  ship,
  definition: z.object(testDefinition.shape),
})

export const historyReply = z.object({
  app: z.string(),
  testId: z.string(),
  history: z.array(
    z.object({
      version,
      at: instant,
      by: z.string().describe('The kind of the key.'),
      why: z.string().optional(),
      what: z.enum(['define', 'start', 'stop', 'archive']),
      definition: z.object(testDefinition.shape).optional(),
      ship,
    }),
  ),
})
