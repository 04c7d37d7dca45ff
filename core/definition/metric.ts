import { z } from 'zod'
import { name } from '../event.js'

export const metricDefinition = z.strictObject({
  name,
  event: name.describe('The event it is made of.'),
  kind: z.enum(['conversion', 'value']).describe('Share of users with the event, or the sum of its values per user.'),
  direction: z.enum(['up', 'down']).default('up').describe('Which way is better.'),
})

export type MetricDefinition = z.infer<typeof metricDefinition>

/** What is asked of an event of which nobody said anything: who does it, and how much. */
export function automaticMetrics(event: string): MetricDefinition[] {
  return [
    { name: `${event} conversion`, event, kind: 'conversion', direction: 'up' },
    { name: `${event} per user`, event, kind: 'value', direction: 'up' },
  ]
}
