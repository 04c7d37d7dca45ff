import type { Results } from './reply.js'
import type { SnapshotRow } from './snapshot.js'

/** Users who were known by several ids, and what there is to know of them. */
export function identifiedOf(rows: readonly SnapshotRow[]): Results['identified'] {
  const users = rows.filter(({ event }) => event === '')
  const sum = (count: 'identified' | 'differing' | 'shared') => users.reduce((n, row) => n + row[count], 0)
  return { users: sum('identified'), differing: sum('differing'), shared: sum('shared') }
}
