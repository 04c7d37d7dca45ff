import { z } from 'zod'

/** How a test is decided, chosen before it starts: whatever the other answers say later, they do not decide it. */
export const decisionDefinition = z.strictObject({
  method: z
    .enum(['any-time', 'group-sequential', 'single-look'])
    .default('any-time')
    .describe(
      '`any-time` may be looked at as often as one likes; `group-sequential` decides at `looks` planned looks; `single-look` at one, when the planned users are in.',
    ),
  looks: z
    .int()
    .min(2)
    .max(20)
    .optional()
    .describe('Of group-sequential: how many, each after as many users more; 5 if not given.'),
  spending: z
    .enum(['obrien-fleming', 'pocock'])
    .optional()
    .describe('Of group-sequential: alpha is spent late, or alike at each look; `obrien-fleming` if not given.'),
  alpha: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.05)
    .describe('How often a branch that changes nothing may be called better or worse; intervals cover 1 − alpha.'),
  plannedUsers: z
    .int()
    .min(1)
    .max(1e12)
    .default(5000)
    .describe(
      'Users of the control and a branch together: at which the any-time interval is to be tightest, or all looks are done.',
    ),
})

export type DecisionDefinition = z.infer<typeof decisionDefinition>
