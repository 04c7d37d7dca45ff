import type { MetricDefinition } from '../definition/metric.js'
import { AssayError } from '../errors.js'
import type { MetricRecord } from './record.js'

/** What the records of one metric of an app come to. */
export interface MetricState {
  definition: MetricDefinition
  /** Raised by every record. */
  version: number
  /** The records, oldest first. */
  history: readonly MetricRecord[]
}

/** One step of the fold: the state after a record, or why the record changes nothing. */
export function stepMetric(before: MetricState | undefined, record: MetricRecord): MetricState | AssayError {
  const version = before?.version ?? 0
  const { expects, metric } = record
  if (expects !== version)
    return new AssayError('version-mismatch', `Expected a change of version ${version}; one of ${expects} came.`)
  return { definition: metric, version: version + 1, history: [...(before?.history ?? []), record] }
}
