import { z } from 'zod'
import { comparison, metric, resultsReply } from '../analysis/reply.js'
import { instant } from '../schemas.js'

/** What is worked out of the tables on request, in zod. */

const { app, testId, control, decision, branches, srm, warnings } = resultsReply.shape
const head = { app, testId, asOf: instant, control, decision }

export const breakdownReply = z.object({
  ...head,
  prop: z.string(),
  values: z
    .array(
      z.object({
        value: z.string(),
        users: z.number(),
        late: z.number().describe('Of them, those of whom it is known only from after their exposure.'),
        ...{ branches, srm },
        metrics: z.array(metric).describe('`adjusted` is for all values, metrics and branches at once (Holm).'),
        warnings,
      }),
    )
    .describe('Those that most users have, each as if it were a test of its own.'),
  others: z.object({ values: z.number(), users: z.number() }).describe('Values that are not listed.'),
  without: z.number().describe('Users of whom the prop is not known.'),
  warnings,
})

export type Breakdown = z.infer<typeof breakdownReply>

const days = z
  .object({ from: z.number(), to: z.number() })
  .describe('Days after the exposure: from the first, up to and without the second.')

export const noveltyReply = z.object({
  ...head,
  metric: z.string(),
  ...metric.pick({ kind: true, direction: true }).shape,
  windows: z
    .array(z.object({ ...days.shape, ...metric.pick({ branches: true, comparisons: true }).shape }))
    .describe(
      'What users did in each stretch of days after their exposure: of those who were exposed so long ago. `adjusted` is for all of these at once (Holm).',
    ),
  change: z
    .object({
      early: days,
      late: days,
      comparisons: z.array(comparison).describe('Each user’s late days less their early ones, against the control’s.'),
    })
    .nullable()
    .describe(
      'How the effect changes as users get used to it; null for metrics that are not sums, and before the second day.',
    ),
  warnings,
})

export type Novelty = z.infer<typeof noveltyReply>

const row = z.record(z.string(), z.unknown())

const estimate = z.object({ value: z.number().nullable(), variance: z.number().nullable(), n: z.number().nullable() })

const inPhase = z.object({
  phase: z.number(),
  share: z.number().describe('Of the users of both branches, which the phase counts for.'),
  control: estimate,
  treatment: estimate,
  theta: z
    .number()
    .nullable()
    .describe('What a unit of the users’ past moves the metric by; null where there is none.'),
  adjusted: z.object({ control: estimate, treatment: estimate }).describe('Less what the past foretells.'),
})

export const explainReply = z.object({
  ...head,
  metric: z.record(z.string(), z.unknown()).describe('Its definition.'),
  statements: z
    .array(z.object({ sql: z.string(), rows: z.array(row) }))
    .describe('What was asked of the tables, word by word, and what they answered.'),
  moments: z
    .array(
      z.object({
        ...{ phase: z.number(), branch: z.string(), users: z.number(), converted: z.number(), sum: z.number() },
        means: z.array(z.number()).describe('Of users’ numbers, then of the same from before their exposure.'),
        comoments: z.array(z.number()).describe('Sums of products of deviations: the upper triangle, line by line.'),
        cap: z.number().nullable(),
      }),
    )
    .describe('The answers put together.'),
  comparisons: z.array(
    z.object({
      branch: z.string(),
      phases: z.array(inPhase),
      effect: z.number().nullable(),
      standardError: z.number().nullable(),
      df: z.number().nullable().describe('Of Welch’s test; null where there is no end to them.'),
      fixed: z.object({ critical: z.number().nullable(), ...comparison.shape.fixed.shape }),
      anytime: z.object({ critical: z.number().nullable(), ...comparison.shape.anytime.shape }),
    }),
  ),
  formulas: z.array(z.string()).describe('How one follows from the other.'),
})

export type Explained = z.infer<typeof explainReply>
