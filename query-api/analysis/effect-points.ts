import type { Definitions } from '@assay/core/control/definitions'
import type { EffectPoint } from './effects-reply.js'
import { metricResults } from './metric-results.js'
import type { Comparison } from './reply.js'
import type { SnapshotRow } from './snapshot.js'
import { type Asked, type Subject, subjectOf } from './subject.js'

export type BranchPoint = { branch: string } & Omit<EffectPoint, 'start'>

/** What results say of a metric in one snapshot; nothing where the metric was not there yet. */
export function pointsOf(name: string, subject: Subject, rows: readonly SnapshotRow[]): BranchPoint[] {
  const asked = subject.metrics.find(({ metric }) => metric.name === name)
  if (asked === undefined || !rows.some(({ event }) => event === asked.event)) return []
  const { branches, comparisons } = metricResults(subject, asked, rows, { bayes: false, usersPerDay: null, looks: [] })
  const asOf = new Date(rows[0]!.asOf).toISOString()
  return branches.map((values) => {
    const found = comparisons.find(({ branch }) => branch === values.branch)
    return { ...values, asOf, ...(found && { comparison: against(subject, found) }) }
  })
}

function against(
  { control, decision: { alpha } }: Subject,
  { effect, relative, fixed, anytime, method, verdict, provisional, cuped }: Comparison,
): NonNullable<EffectPoint['comparison']> {
  return { control, alpha, effect, relative, fixed, anytime, method, verdict, provisional, cuped }
}

/**
 * What a test was judged by at the time of a snapshot. It is worked out once between two changes of definitions, since
 * each time folds all of a test's history.
 */
export function subjectsOf(
  test: Omit<Asked, 'asOf' | 'control'>,
  definitions: Definitions,
  control: string | undefined,
): (rows: readonly SnapshotRow[]) => Subject {
  const { app, testId } = test
  const ofMetrics = [...definitions.metrics(app).values()].flatMap(({ history }) => history)
  const changes = [...(definitions.test(app, testId)?.history ?? []), ...ofMetrics].map(({ at }) => at)
  const known = new Map<string, Subject>()
  return (rows) => {
    const { asOf } = rows[0]!
    const version = changes.filter((at) => at <= asOf).length
    const key = JSON.stringify([version, ...new Set(rows.map(({ event, branch }) => `${event}\n${branch}`))])
    const subject = known.get(key) ?? subjectOf({ ...test, asOf }, definitions, rows)
    known.set(key, subject)
    // Asked for, it need not have had users yet.
    return control === undefined ? subject : { ...subject, control }
  }
}
