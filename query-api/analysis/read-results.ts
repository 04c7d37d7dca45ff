import type { Definitions } from '@assay/core/control/definitions'
import { isImported } from '../imports.js'
import type { Reads } from '../reads.js'
import { readLooks } from './looks.js'
import type { Results } from './reply.js'
import { resultsOf } from './results.js'
import type { SnapshotRow } from './snapshot.js'
import { subjectOf } from './subject.js'
import { readTraffic } from './traffic.js'

export interface ResultsQuestion {
  app: string
  testId: string
  control?: string | undefined
  bayes: boolean
}

/** What a snapshot says of a test. @throws AssayError `branch-not-found` */
export async function readResults(
  reads: Reads,
  definitions: Definitions,
  rows: readonly SnapshotRow[],
  { app, testId, control, bayes }: ResultsQuestion,
): Promise<Results> {
  const [imported, usersPerDay] = await Promise.all([
    isImported(reads, app, testId),
    readTraffic(reads, app, testId, rows),
  ])
  const subject = subjectOf({ app, testId, imported, control, asOf: rows[0]!.asOf }, definitions, rows)
  const looks = await readLooks(reads, subject, rows)
  return resultsOf(subject, rows, { bayes, usersPerDay, looks })
}
