import type { Definitions } from '@assay/core/control/definitions'
import { computationOf } from '@assay/core/definition/measure'
import type { PlannedMetric } from '@assay/moments/plan'
import type { Study } from '@assay/moments/study'
import { noSuchMetric } from '../analysis/metric-sources.js'
import { readSnapshot, type SnapshotRow } from '../analysis/snapshot.js'
import { type Subject, subjectOf } from '../analysis/subject.js'
import { isImported } from '../imports.js'
import type { Reads } from '../reads.js'

export interface Asked {
  app: string
  testId: string
  control?: string | undefined
  /** The name of one of the test's metrics; all if undefined. */
  metric?: string | undefined
}

/** Metrics of a test that nobody defined, which has two of each event, at the most. */
const MOST_METRICS = 20

/** A test as it is judged now, with each metric where a study has it. @throws AssayError `metric-not-found`, as `readSnapshot` does */
export async function subjectNow(reads: Reads, definitions: Definitions, asked: Asked, now: number): Promise<Subject> {
  const { app, testId, control, metric } = asked
  const [rows, imported] = await Promise.all([readSnapshot(reads, app, testId), isImported(reads, app, testId)])
  const subject = subjectOf({ app, testId, imported, control, asOf: now }, definitions, rows)
  const wanted = subject.metrics.filter(({ metric: { name } }) => metric === undefined || name === metric)
  if (wanted.length === 0) throw noSuchMetric(metric, subject)
  const metrics = wanted.slice(0, MOST_METRICS).map((one) => ({ ...one, event: computationOf(one.metric).id }))
  return { ...subject, metrics }
}

export const planned = ({ metrics }: Subject): PlannedMetric[] => [
  ...new Map(metrics.map(({ metric, event }) => [event, { metric, ...computationOf(metric) }])).values(),
]

/** A subject as a question for the tables. */
export function studyOf({ app, testId, phases }: Subject, metrics: readonly PlannedMetric[], now: number): Study {
  return { app, test: testId, phases: [...phases], metrics, asOf: now, crossed: true }
}

/** What was found as snapshots have it, and in their order. */
export const asSnapshot = (rows: readonly object[], asOf: number): SnapshotRow[] =>
  rows
    .map(
      (row) => ({ asOf, means: [], comoments: [], steps: [], ranks: [], cap: null, ...row }) as unknown as SnapshotRow,
    )
    .sort((a, b) => inOrder(a.event, b.event) || inOrder(a.branch, b.branch) || a.phase - b.phase)

const inOrder = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
