import type { SnapshotRow } from './snapshot.js'
import type { Subject } from './subject.js'

/** A phase that has users: 0 where they were in none that is known. */
export interface PhaseUsers {
  phase: number
  /** Share of users by branch as it was meant, on any scale. */
  weights: Readonly<Record<string, number>>
  users: Record<string, number>
  crossed: Record<string, number>
}

/** The users of a snapshot, phase by phase, oldest first. */
export function usersByPhase(subject: Subject, rows: readonly SnapshotRow[]): PhaseUsers[] {
  const users = rows.filter((row) => row.event === '')
  return [...new Set(users.map((row) => row.phase))]
    .sort((a, b) => a - b)
    .map((phase) => {
      const own = users.filter((row) => row.phase === phase)
      const by = (count: 'users' | 'crossover') => Object.fromEntries(own.map((row) => [row.branch, row[count]]))
      const known = subject.phases.find(({ version }) => version === phase)
      return { phase, weights: known?.weights ?? subject.weights, users: by('users'), crossed: by('crossover') }
    })
}

/** Branches by name: those with users, and those that are meant to have some. */
export function branchesOf(subject: Subject, phases: readonly PhaseUsers[]): { branch: string; users: number }[] {
  const meant = subject.definition === undefined ? [] : Object.keys(subject.weights)
  const names = [...new Set([...phases.flatMap(({ users }) => Object.keys(users)), ...meant])].sort()
  return names.map((branch) => ({ branch, users: phases.reduce((sum, { users }) => sum + (users[branch] ?? 0), 0) }))
}
