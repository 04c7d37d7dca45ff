import type { DecisionDefinition } from '@assay/core/definition/decision'
import type { SnapshotRow } from './snapshot.js'

const counts = (rows: readonly SnapshotRow[]) => rows.filter((row) => row.event === '')

/** Users of all branches in a snapshot. */
export const usersIn = (rows: readonly SnapshotRow[]): number => counts(rows).reduce((sum, { users }) => sum + users, 0)

/** As many as were planned for all branches that have users; a definition plans those of two. */
export function plannedIn({ plannedUsers }: DecisionDefinition, rows: readonly SnapshotRow[]): number {
  const branches = new Set(counts(rows).map(({ branch }) => branch)).size
  return (plannedUsers * Math.max(2, branches)) / 2
}
