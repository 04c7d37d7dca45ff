import type { MetricDefinition } from '@assay/core/definition/metric'
import { percent } from './style.js'

type Source = { event?: string | undefined; filter?: object | undefined }

const sourceOf = ({ event = 'any event', filter }: Source) =>
  filter === undefined ? event : `${event} where ${JSON.stringify(filter)}`

/** What a metric measures, in a line; without which way is better. */
export function metricWords(metric: MetricDefinition): string {
  const cap = 'cap' in metric && metric.cap ? [capWords(metric.cap)] : []
  const window = metric.window ? [windowWords(metric.window)] : []
  return [measured(metric), ...window, ...cap].join(', ')
}

function measured(metric: MetricDefinition): string {
  switch (metric.kind) {
    case 'ratio':
      return `${part(metric.numerator)} to ${part(metric.denominator)}`
    case 'quantile':
      return `${metric.quantile} quantile of ${sourceOf(metric)}`
    case 'funnel':
      return `funnel ${metric.steps.map(sourceOf).join(' → ')}`
    default:
      return `${metric.kind} of ${sourceOf(metric)}`
  }
}

type Part = Extract<MetricDefinition, { kind: 'ratio' }>['numerator']
const part = ({ of, ...source }: Part) => `${of} of ${sourceOf(source)}`

type Window = NonNullable<MetricDefinition['window']>
export const windowWords = ({ from, to }: Window) => `days ${from} to ${to}`

type Cap = NonNullable<Extract<MetricDefinition, { kind: 'sum' }>['cap']>
export const capWords = (cap: Cap) =>
  'value' in cap ? `at most ${cap.value} a user` : `at most what ${percent(cap.percentile)} of users stay within`
