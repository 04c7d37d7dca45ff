import { setImmediate } from 'node:timers/promises'
import type { Definitions } from '@assay/core/control/definitions'
import type { EffectsQuery } from '../queries.js'
import { edgesOf, MAX_POINTS, tooMany } from '../range.js'
import type { Reads } from '../reads.js'
import { type BranchPoint, pointsOf, subjectsOf } from './effect-points.js'
import type { Effects } from './effects-reply.js'
import { type LastOfBucket, lastOfEach, readHistory } from './history.js'
import { metricNamed } from './metric-sources.js'
import { nobodyIn } from './nobody.js'
import { readSnapshot, type SnapshotRow } from './snapshot.js'
import { type Asked, subjectOf } from './subject.js'

/** Snapshots after which other requests get their turn. */
const PORTION = 50

/**
 * A metric of a test over time, by branch: what results say as of the end of each bucket. There is no effect of a bucket
 * alone: users come back, so that buckets share users, and what they do in one depends on those before.
 * @throws AssayError `query-invalid`, `app-not-found`, `test-not-found`, `branch-not-found`, `metric-not-found`
 */
export async function readEffects(
  reads: Reads,
  definitions: Definitions,
  test: Omit<Asked, 'asOf' | 'control'>,
  { metric, control, ...range }: EffectsQuery,
  now: number,
): Promise<Effects> {
  const { app, testId } = test
  const edges = edgesOf(range, now).filter((_, i, all) => i === 0 || all[i - 1]! <= now)
  const end = edges.at(-1)!
  const nobody = nobodyIn(definitions, app, testId, Math.min(end, now))
  const newest = await readSnapshot(reads, app, testId, end, nobody)
  const subject = subjectOf({ ...test, control, asOf: newest[0]!.asOf }, definitions, newest)
  const { name, sources } = metricNamed(metric, subject, definitions, newest)
  const buckets = lastOfEach(await readHistory(reads, app, testId, ['', ...sources], edges), edges)
  const subjects = subjectsOf(test, definitions, control)
  const points = await pointsOfEach(buckets, (rows) => pointsOf(name, subjects(rows), rows))
  const { bucket, tz } = range
  return { app, testId, metric: name, bucket, tz, series: byBranch(points) }
}

/** Buckets of one snapshot share its points. @throws AssayError `query-invalid` for too many of them */
async function pointsOfEach(
  buckets: readonly LastOfBucket[],
  pointsOf: (rows: readonly SnapshotRow[]) => BranchPoint[],
): Promise<(BranchPoint & { start: string })[]> {
  const known = new Map<readonly SnapshotRow[], BranchPoint[]>()
  const points: (BranchPoint & { start: string })[] = []
  for (const { start, rows } of buckets) {
    if (!known.has(rows)) {
      known.set(rows, pointsOf(rows))
      if (known.size % PORTION === 0) await setImmediate()
    }
    points.push(...known.get(rows)!.map((point) => ({ ...point, start: new Date(start).toISOString() })))
    if (points.length > MAX_POINTS) throw tooMany('more, with all branches,')
  }
  return points
}

function byBranch(points: readonly (BranchPoint & { start: string })[]): Effects['series'] {
  const names = [...new Set(points.map(({ branch }) => branch))].sort()
  return names.map((branch) => ({ branch, points: points.filter((point) => point.branch === branch) }))
}
