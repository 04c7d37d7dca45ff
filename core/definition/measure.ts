import { createHash } from 'node:crypto'
import type { Condition } from '../condition.js'
import type { MetricDefinition } from './metric.js'

const DAY = 86_400_000
/** Milliseconds after an exposure that no event comes up to. */
export const OPEN = Number.MAX_SAFE_INTEGER

/** Events of a user that are counted and whose values are added up. */
export interface Measure {
  /** By which its totals are found; the same for the same events of the same time. */
  id: string
  /** '' for any. */
  event: string
  filter?: Condition | undefined
  /** Milliseconds after the exposure, below 0 for before it: from this one on, */
  from: number
  /** and up to, not including, this one. */
  to: number
}

/** What of a measure is a user's number. */
export type Total = 'count' | 'sum' | 'users'

export interface Variable {
  measure: Measure
  of: Total
}

/** What a metric is computed of. */
export interface Computation {
  /** By which its moments are found: the same for metrics that differ in names, directions and margins alone. */
  id: string
  /** The user's numbers: one, of a ratio two. */
  variables: Variable[]
  /** The same from before the exposure, or none. */
  covariates: Variable[]
  /** Milliseconds after the exposure from which on events count; */
  opens: number
  /** when a user's numbers are complete; `OPEN` if never. */
  closes: number
}

type Source = { event?: string | undefined; filter?: Condition | undefined }

/** How a metric follows from what each user did. */
export function computationOf(metric: MetricDefinition): Computation {
  const { from, to } = spanOf(metric)
  const sources = sourcesOf(metric)
  const over = (start: number, end: number) =>
    sources.map(({ of, ...source }) => ({ measure: measure(source, start, end), of }))
  const hasCovariate = metric.lookback > 0 && metric.kind !== 'quantile' && metric.kind !== 'funnel'
  const { name, direction, minEffect, margin, ...computed } = metric
  return {
    id: `$${digest(computed)}`,
    variables: over(from, to),
    covariates: hasCovariate ? over(-metric.lookback * DAY, 0) : [],
    opens: from,
    closes: to,
  }
}

function spanOf({ window }: MetricDefinition) {
  return window === undefined ? { from: 0, to: OPEN } : { from: window.from * DAY, to: window.to * DAY }
}

function sourcesOf(metric: MetricDefinition): (Source & { of: Total })[] {
  switch (metric.kind) {
    case 'conversion':
    case 'retention':
      return [{ event: metric.event, filter: metric.filter, of: 'users' }]
    case 'count':
    case 'sum':
      return [{ event: metric.event, filter: metric.filter, of: metric.kind }]
    case 'mean':
      return (['sum', 'count'] as const).map((of) => ({ event: metric.event, filter: metric.filter, of }))
    case 'ratio':
      return [metric.numerator, metric.denominator]
    case 'quantile':
    case 'funnel':
      // Not sums over a user's events: computed of the events themselves.
      return []
  }
}

function measure({ event = '', filter }: Source, from: number, to: number): Measure {
  const what = { event, filter, from, to }
  return { id: `$${digest(what)}`, ...what }
}

/** Of JSON whose keys are in order, so that it says the same for the same definition. */
const digest = (value: object) => createHash('sha256').update(ordered(value)).digest('base64url').slice(0, 16)

const ordered = (value: object) =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
