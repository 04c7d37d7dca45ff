import type { SnapshotRow } from './snapshot.js'
import type { Subject } from './subject.js'

/** Whether a test of a single look is looked at before the planned users are in: nothing is decided then. */
export function isEarly({ decision, imported }: Subject, rows: readonly SnapshotRow[]): boolean {
  if (decision.method !== 'single-look' || imported) return false
  const users = rows.filter((row) => row.event === '')
  const branches = new Set(users.map((row) => row.branch)).size
  return users.reduce((sum, row) => sum + row.users, 0) < (decision.plannedUsers * Math.max(2, branches)) / 2
}
