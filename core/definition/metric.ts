import { z } from 'zod'
import { name } from '../event.js'
import { filter } from './conditions.js'

const DAYS = 400
const days = z.number().min(0).max(DAYS)

/** Without one a metric is open-ended: what users do at any time after their exposure counts. */
const window = z
  .strictObject({
    from: days.default(0).describe('Days after the user’s exposure from which on events count.'),
    to: days.describe('Days after the exposure at which they cease to.'),
  })
  .refine((w) => w.from < w.to, { path: ['to'], error: 'must be above from' })

const cap = z
  .union(
    [
      z.strictObject({ value: z.number() }),
      z.strictObject({
        percentile: z.number().min(0.9).lt(1).describe('Of all users’ totals, all branches together.'),
      }),
    ],
    'must be {"value"} or {"percentile"}, the latter from 0.9 to below 1',
  )
  .describe('No user’s total counts for more than that.')

const event = name.describe('The event it is made of.')
const source = { event, filter: filter.optional().describe('A condition on the event’s props.') }

const part = z.strictObject({
  ...source,
  of: z
    .enum(['count', 'sum', 'users'])
    .default('count')
    .describe('How many events, the sum of their values, or 1 for a user with any.'),
})

const common = {
  name,
  direction: z.enum(['up', 'down']).default('up').describe('Which way is better.'),
  minEffect: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe('The least effect that matters, as a share of the control’s value: time to decision is told for it.'),
  margin: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe('As a guardrail: how much worse, as a share of the control’s value, is still well.'),
  lookback: days
    .default(14)
    .describe('Days before the exposure whose events foretell the user’s value (CUPED); 0 for none.'),
}
const windowed = { ...common, window: window.optional() }

const kinds = {
  conversion: z.strictObject({ kind: z.literal('conversion'), ...source, ...windowed }),
  retention: z.strictObject({
    kind: z.literal('retention'),
    event: event.optional().describe('The event that says that a user is back; without one, any does.'),
    filter: source.filter,
    ...common,
    window,
  }),
  count: z.strictObject({ kind: z.literal('count'), ...source, ...windowed, cap: cap.optional() }),
  sum: z.strictObject({ kind: z.literal('sum'), ...source, ...windowed, cap: cap.optional() }),
  mean: z.strictObject({ kind: z.literal('mean'), ...source, ...windowed }),
  ratio: z.strictObject({ kind: z.literal('ratio'), numerator: part, denominator: part, ...windowed }),
  quantile: z.strictObject({
    kind: z.literal('quantile'),
    ...source,
    quantile: z.number().gt(0).lt(1).describe('Which, of the values of events: 0.95, say.'),
    ...windowed,
  }),
  funnel: z.strictObject({
    kind: z.literal('funnel'),
    steps: z
      .array(z.strictObject(source))
      .min(2)
      .max(10)
      .describe('Events that a user comes by in this order, each later than the one before.'),
    ...windowed,
  }),
}

/**
 * A number per user, and its estimate in a branch. By kind: `conversion` and `retention`, the share of users with the
 * event; `count` and `sum`, its number and the sum of its values per user; `mean`, the mean value of the events;
 * `ratio`, of two sums over users; `quantile`, of the values of events; `funnel`, the share that came by all steps.
 */
export const metricDefinition = z.discriminatedUnion(
  'kind',
  [kinds.conversion, kinds.retention, kinds.count, kinds.sum, kinds.mean, kinds.ratio, kinds.quantile, kinds.funnel],
  { error: unknownKind },
)

export type MetricDefinition = z.output<typeof metricDefinition>
export type MetricKind = MetricDefinition['kind']
export const metricKinds = Object.keys(kinds) as MetricKind[]

/** What is said of a metric of no known kind. */
export function unknownKind({ code }: { code?: string | undefined }): string | undefined {
  return code === 'invalid_union' ? `must be one of ${metricKinds.join(', ')}` : undefined
}

export type AutomaticMetric = Extract<MetricDefinition, { kind: 'conversion' | 'sum' }>

/** Whether a metric of this kind is a share of users. */
export const isShare = (kind: string) => kind === 'conversion' || kind === 'retention' || kind === 'funnel'

/** What is asked of an event of which nobody said anything: who does it, and how much. */
export function automaticMetrics(event: string): AutomaticMetric[] {
  const common = { event, direction: 'up', lookback: 0 } as const
  return [
    { name: `${event} conversion`, kind: 'conversion', ...common },
    { name: `${event} per user`, kind: 'sum', ...common },
  ]
}
