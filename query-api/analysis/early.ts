import { plannedIn, usersIn } from './planned.js'
import type { SnapshotRow } from './snapshot.js'
import type { Subject } from './subject.js'

/** Whether a test of a single look is looked at before the planned users are in: nothing is decided then. */
export function isEarly({ decision, imported }: Subject, rows: readonly SnapshotRow[]): boolean {
  return decision.method === 'single-look' && !imported && usersIn(rows) < plannedIn(decision, rows)
}
