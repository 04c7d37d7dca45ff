import type { Definitions } from '@assay/core/control/definitions'
import { AssayError } from '@assay/core/errors'
import { planOf } from '@assay/moments/plan'
import { type Ask, study } from '@assay/moments/study'
import { nobodyIn } from '../analysis/nobody.js'
import type { SnapshotRow } from '../analysis/snapshot.js'
import { requireTest } from '../apps.js'
import type { Reads } from '../reads.js'
import { shown } from '../validate.js'
import { asSnapshot } from './subject-now.js'

export interface FreshQuestion {
  app: string
  testId: string
  /** Whether users who were seen in several branches count. */
  crossed: boolean
}

/** What a snapshot of a test would be that was taken now. @throws AssayError `app-not-found`, `test-not-found` */
export async function readFresh(
  ask: Ask,
  reads: Reads,
  definitions: Definitions,
  { app, testId, crossed }: FreshQuestion,
  now: number,
  tell?: (share: number) => void,
): Promise<SnapshotRow[]> {
  const plan = planOf(definitions, app).find(({ test }) => test === testId)
  const { phases, metrics } = plan ?? { phases: [], metrics: [] }
  const rows = await study(ask, { app, test: testId, phases, metrics, asOf: now, crossed }, tell)
  if (rows.length > 0) return asSnapshot(rows, now)
  const nobody = nobodyIn(definitions, app, testId, now)
  if (nobody.length > 0) return nobody
  await requireTest(reads, app, testId)
  throw new AssayError('test-not-found', `Expected a test that has users; ${shown(testId)} has none yet.`)
}
