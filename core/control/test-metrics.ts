import type { MetricDefinition } from '../definition/metric.js'
import type { TestDefinition } from '../definition/test.js'
import type { MetricState } from './metric-state.js'

/** A test's metrics, and its guardrails after them. */
export interface TestMetrics {
  metrics: MetricDefinition[]
  guardrails: MetricDefinition[]
}

/** The metrics of a definition, those of its app as they were at a time. */
export function testMetrics(
  { metrics, guardrails }: Pick<TestDefinition, 'metrics' | 'guardrails'>,
  ofApp: ReadonlyMap<string, MetricState>,
  time = Infinity,
): TestMetrics {
  const whole = (metric: MetricDefinition | string): MetricDefinition[] => {
    if (typeof metric !== 'string') return [metric]
    const state = ofApp.get(metric)
    const record = state?.history.findLast(({ at }) => at <= time) ?? state?.history[0]
    return record === undefined ? [] : [record.metric]
  }
  return { metrics: metrics.flatMap(whole), guardrails: guardrails.flatMap(whole) }
}
