import { stages } from '@assay/core/control/test-state'
import { decisionDefinition } from '@assay/core/definition/decision'
import { metricKinds } from '@assay/core/definition/metric'
import { z } from 'zod'
import { instant, nullable } from '../schemas.js'

/** What the results of a test are, in zod. */

const interval = z.tuple([z.number(), z.number()])

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

/** Of a branch against the control. */
export const comparison = z.object({
  branch: z.string(),
  effect: nullable(z.number(), 'The branch’s value less the control’s.'),
  relative: nullable(z.number(), 'The effect as a share of the control’s value.'),
  fixed: answer.describe('Welch’s test: right if this is the only look, at a time settled beforehand.'),
  anytime: answer.describe(
    'A confidence sequence: right at every look, however many there are. Its p is that of this look.',
  ),
  sequential: z
    .object({
      ...answer.shape,
      effect: nullable(z.number(), 'At that look.'),
      look: z.number().describe('Which of the planned looks this is: the first that decides, or the last one taken.'),
      information: z.number().describe('Share of the planned users that was in.'),
    })
    .optional()
    .describe('Of group-sequential decisions: the repeated interval and p-value at a planned look.'),
  method: decisionDefinition.shape.method
    .unwrap()
    .describe(
      'Which decides: `anytime` for any-time, `sequential` for group-sequential, `fixed` for single-look. Chosen before the start.',
    ),
  verdict: z
    .enum(['better', 'worse', 'inconclusive'])
    .describe(
      'By that method alone, not adjusted for other metrics; of a single look only once the planned users are in.',
    ),
  provisional: z
    .boolean()
    .describe(
      'The metric has no window: what users do later still counts, so a look takes some users’ totals unfinished, and with very many looks errors pass alpha (10 % where 5 % was asked, looking each minute for 90 days). Not of imports, which are finished.',
    ),
  adjusted: z
    .object({ pValue: z.number(), lnP: z.number() })
    .optional()
    .describe('The p-value of that method for all metrics and branches at once (Holm). Not of guardrails.'),
  cuped: nullable(
    z.object({ saved: z.number().describe('Share of the variance that is gone by it.') }),
    'Whether answers are adjusted by what users did before their exposure.',
  ),
  bayes: nullable(
    z.object({
      chanceToWin: z.number().describe('Probability that the branch is better than the control, with a flat prior.'),
      expectedLoss: z.number().describe('By choosing the branch, in the effect’s unit.'),
      ci: interval,
    }),
    'On request; decides nothing.',
  ).optional(),
  days: nullable(
    z.number(),
    'Days until it is likely (80 %) decided, for the least effect that matters or else the present one, at the present traffic.',
  ),
  guard: z
    .object({
      margin: z.number(),
      state: z.enum(['safe', 'harmed', 'unclear']).describe('`safe`: the whole interval is within the margin.'),
    })
    .optional()
    .describe('Of metrics with a margin.'),
})

/** In every branch. */
export const metric = z.object({
  name: z.string(),
  event: z.string().optional().describe('Of metrics of one event.'),
  kind: z.enum(metricKinds as [string, ...string[]]),
  role: z
    .enum(['metric', 'guardrail'])
    .describe(
      'The first metric decides, of a test without metrics of its own all of them; guardrails must not get worse.',
    ),
  direction: z.enum(['up', 'down']),
  window: z.object({ from: z.number(), to: z.number() }).optional().describe('Days after the exposure.'),
  branches: z.array(
    z.object({
      branch: z.string(),
      users: z.number().describe('Whose window has closed, where there is one.'),
      mean: nullable(z.number(), 'The metric’s value: share or mean of users, ratio, quantile. Phases by their users.'),
      stddev: nullable(z.number(), 'Sample, of users; null for one user, and where the value is not a mean of users.'),
      sum: z.number(),
      cap: z.number().optional(),
      steps: z.array(z.number()).optional().describe('Users who came by each step of a funnel.'),
    }),
  ),
  comparisons: z.array(comparison),
})

export const resultsReply = z.object({
  app: z.string(),
  testId: z.string(),
  asOf: instant,
  definition: z
    .object({
      version: z.number(),
      stage: z.enum(stages),
      hypothesis: z.string().optional(),
      owner: z.string().optional(),
    })
    .optional()
    .describe('Of tests that are defined.'),
  control: z.string(),
  decision: z.object(decisionDefinition.shape).describe('How the test is decided: settled before its start.'),
  branches: z.array(z.object({ branch: z.string(), users: z.number() })),
  phases: z
    .array(
      z.object({
        phase: z.number().describe('Version of the definition; 0 for users who were in no phase.'),
        from: nullable(instant, 'Null for phase 0.'),
        to: nullable(instant, 'Null while it goes on.'),
        weights: z.record(z.string(), z.number()),
        users: z.record(z.string(), z.number()),
      }),
    )
    .describe('Stretches in which weights did not change. Comparisons are made within each and put together.'),
  srm: z
    .object({
      chiSquared: z.number(),
      pValue: z.number().describe('By chi-square: right for a single look.'),
      anytime: z
        .object({ pValue: z.number(), lnP: z.number() })
        .describe('By the sequential multinomial test: right at every look.'),
      ok: z.boolean(),
      phases: z.array(z.object({ phase: z.number(), pValue: z.number() })),
    })
    .describe(
      'Sample ratio: users per branch against the weights, equal ones where there is no definition. Ok unless p < 0.01, by the test that suits the method that decides.',
    ),
  crossover: z.object({
    users: z.number().describe('Users seen in more than one branch; each counts in the first.'),
    share: nullable(z.number(), 'Of all users.'),
    ci: nullable(interval, 'Of the share, at any look.'),
    pValue: nullable(z.number(), 'That crossing does not depend on the branch, at any look.'),
  }),
  identified: z
    .object({
      users: z.number().describe('Users known by several ids, which `$identify` linked; each counts once.'),
      differing: z.number().describe('Of them, those who saw different branches under their ids.'),
      shared: z.number().describe('Of them, those with an id that was linked to somebody else later; it stays theirs.'),
    })
    .describe('Everything that is done under any of a user’s ids counts from the first exposure of all on.'),
  imbalance: z
    .array(z.object({ metric: z.string(), branch: z.string(), pValue: z.number(), ok: z.boolean() }))
    .describe('What users did before their exposure, branch against control, for all metrics at once (Holm).'),
  metrics: z.array(metric),
  verdict: z.object({
    outcome: z.enum(['better', 'worse', 'undecided', 'invalid']),
    branch: nullable(z.string(), 'The branch that is better.'),
    reasons: z.array(z.string()),
  }),
  warnings: z.array(z.object({ code: z.string(), message: z.string() })),
})

export type Results = z.infer<typeof resultsReply>
export type Metric = z.infer<typeof metric>
export type Comparison = z.infer<typeof comparison>
export type Answer = z.infer<typeof answer>
