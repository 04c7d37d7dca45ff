import { z } from 'zod'

/** How a test is decided, chosen before it starts: whatever the other answers say later, they do not decide it. */
export const decisionDefinition = z.strictObject({
  method: z
    .enum(['any-time', 'single-look'])
    .default('any-time')
    .describe('`any-time` may be looked at as often as one likes; `single-look` only once, at its end.'),
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
    .describe('Users of the control and a branch together at which the any-time interval is to be tightest.'),
})

export type DecisionDefinition = z.infer<typeof decisionDefinition>
