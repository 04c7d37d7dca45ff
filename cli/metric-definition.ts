import type { MetricDefinition } from '@assay/core/definition/metric'
import { InvalidArgumentError } from 'commander'
import { misused, numberOf, readDefinition } from './test-definition.js'

/** Kinds of one event that options can say. */
export const oneEventKinds = ['conversion', 'retention', 'count', 'sum', 'mean'] as const

/** Days after the exposure: `7` for up to the seventh, `7-8` for from then to the eighth. */
export function windowDays(text: string): { from?: number; to: number } {
  const expected = 'expected days such as 7, or from and to, such as 7-8.'
  const [, from, to] = /^(?:([\d.]+)-)?([\d.]+)$/.exec(text.trim()) ?? []
  if (to === undefined) throw new InvalidArgumentError(expected)
  return { ...(from !== undefined && { from: numberOf(from, expected) }), to: numberOf(to, expected) }
}

/** A share above 0 and below 1. */
export function part(text: string): number {
  const expected = 'expected a share above 0 and below 1, such as 0.02.'
  const value = numberOf(text, expected)
  if (value <= 0 || value >= 1) throw new InvalidArgumentError(expected)
  return value
}

export const amount = (text: string) => numberOf(text, 'expected a number such as 100.')

export interface MetricOptions {
  file?: string
  kind?: (typeof oneEventKinds)[number]
  event?: string
  windowDays?: { from?: number; to: number }
  cap?: number
  capPercentile?: number
  direction?: 'up' | 'down'
  minEffect?: number
  margin?: number
}

/**
 * A metric for the server to judge: that of the file, or of `kind` and what goes with it, else the one there is; the other
 * options win. @throws CommandError
 */
export function metricOf(options: MetricOptions, before: MetricDefinition | undefined): object {
  const { file, kind, event, windowDays, cap, capPercentile, direction, minEffect, margin } = options
  if (cap !== undefined && capPercentile !== undefined) throw misused('Expected --cap or --cap-percentile; both came.')
  const most = cap !== undefined ? { value: cap } : capPercentile && { percentile: capPercentile }
  const own = { kind, event, window: windowDays, cap: most, direction, minEffect, margin }
  const said = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined))
  if (file !== undefined) return { ...readDefinition(file), ...said }
  if (kind !== undefined) return said
  if (before === undefined) throw misused('Expected --file, or --kind, of a new metric; neither came.')
  if (Object.keys(said).length === 0) throw misused('Expected what to change, or --file; nothing came.')
  return { ...before, ...said }
}
