import { z } from 'zod'
import { instant } from '../schemas.js'
import { comparison, metric } from './reply.js'

/** What the effects of a test over time are, in zod. */

const against = comparison
  .pick({
    ...{ effect: true, relative: true, fixed: true, anytime: true },
    ...{ method: true, verdict: true, provisional: true, cuped: true },
  })
  .extend({
    control: z.string().describe('The branch it is compared with, as it was then.'),
    alpha: z.number().describe('Intervals cover 1 − alpha.'),
  })

const point = metric.shape.branches.element.omit({ branch: true }).extend({
  start: instant.describe('Start of the bucket, ISO 8601, UTC'),
  asOf: instant.describe('Time of the snapshot, the last at or before the bucket’s end, ISO 8601, UTC'),
  comparison: against.optional().describe('The control has none.'),
})

/** Buckets before the test, or the metric, was there have no point; nor have those that are yet to come. */
export const effectsReply = z.object({
  app: z.string(),
  testId: z.string(),
  metric: z.string(),
  bucket: z.string(),
  tz: z.string(),
  series: z
    .array(z.object({ branch: z.string(), points: z.array(point) }))
    .describe('A point is what results say as of the end of its bucket, of all users and events up to then.'),
})

export type Effects = z.infer<typeof effectsReply>
export type EffectPoint = z.infer<typeof point>
