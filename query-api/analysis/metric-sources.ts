import type { Definitions } from '@assay/core/control/definitions'
import { computationOf } from '@assay/core/definition/measure'
import { automaticMetrics } from '@assay/core/definition/metric'
import { AssayError } from '@assay/core/errors'
import { shown } from '../validate.js'
import type { SnapshotRow } from './snapshot.js'
import type { Subject } from './subject.js'

/** Names in a message at the most: a test that nobody defined has two metrics of each event. */
const MAX_NAMES = 20

/** A metric of the test by its name, else the first. @throws AssayError `metric-not-found`, which names those there are */
export function metricNamed(
  name: string | undefined,
  subject: Subject,
  definitions: Definitions,
  newest: readonly SnapshotRow[],
): { name: string; sources: string[] } {
  const asked = name ?? subject.metrics[0]?.metric.name
  const sources = asked === undefined ? [] : sourcesOf(asked, subject, definitions, newest)
  if (asked === undefined || sources.length === 0) throw noSuchMetric(asked, subject)
  return { name: asked, sources }
}

/** Names those that there are. */
export function noSuchMetric(asked: string | undefined, { metrics }: Subject): AssayError {
  const names = metrics.map(({ metric }) => metric.name)
  if (asked === undefined)
    return new AssayError('metric-not-found', 'Expected a test that has metrics; nothing but exposures has come yet.')
  const more = names.length > MAX_NAMES ? ` or ${names.length - MAX_NAMES} others` : ''
  const there = names.slice(0, MAX_NAMES).map(shown).join(', ')
  return new AssayError('metric-not-found', `Expected metric to be one of ${there}${more}; ${shown(asked)} came.`)
}

/** Where snapshots have a metric of this name, by each definition that it ever had. */
function sourcesOf(
  name: string,
  { app, testId, metrics }: Subject,
  definitions: Definitions,
  newest: readonly SnapshotRow[],
): string[] {
  const records = definitions.test(app, testId)?.history ?? []
  const defined = records.flatMap((record) =>
    record.what === 'define' ? [...record.definition.metrics, ...record.definition.guardrails] : [],
  )
  const ofTest = defined.flatMap((metric) => (typeof metric !== 'string' && metric.name === name ? [metric] : []))
  const ofApp = defined.includes(name) ? (definitions.metrics(app).get(name)?.history ?? []) : []
  const events = [...new Set(newest.map(({ event }) => event))].filter((event) => event !== '' && event[0] !== '$')
  return [
    ...new Set([
      ...metrics.filter(({ metric }) => metric.name === name).map(({ event }) => event),
      ...[...ofTest, ...ofApp.map(({ metric }) => metric)].map((metric) => computationOf(metric).id),
      ...events.filter((event) => automaticMetrics(event).some((metric) => metric.name === name)),
    ]),
  ]
}
