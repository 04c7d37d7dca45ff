import type { Definitions } from '@assay/core/control/definitions'
import { isImported } from '../imports.js'
import type { Reads } from '../reads.js'
import { readLooks } from './looks.js'
import type { Results } from './reply.js'
import { resultsOf } from './results.js'
import { readSnapshot } from './snapshot.js'
import { subjectOf } from './subject.js'
import { readTraffic } from './traffic.js'

export interface ResultsQuestion {
  app: string
  testId: string
  control: string | undefined
  bayes: boolean
  /** Unix milliseconds; now if undefined. */
  asOf: number | undefined
}

/** What is known of a test. @throws AssayError `app-not-found`, `test-not-found`, `branch-not-found` */
export async function readResults(
  reads: Reads,
  definitions: Definitions,
  { app, testId, control, bayes, asOf }: ResultsQuestion,
): Promise<Results> {
  const rows = await readSnapshot(reads, app, testId, asOf)
  const [imported, usersPerDay] = await Promise.all([
    isImported(reads, app, testId),
    readTraffic(reads, app, testId, rows),
  ])
  const asked = { app, testId, imported, control }
  const { decision } = subjectOf({ ...asked, asOf: rows[0]!.asOf }, definitions, rows)
  const looks = await readLooks(reads, app, testId, decision, rows)
  return resultsOf(asked, definitions, rows, { bayes, usersPerDay, looks })
}
