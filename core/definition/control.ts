/** The branch that others are compared with where nobody says which: `master`, else the first. */
export const usualControl = (branches: readonly string[]): string | undefined =>
  branches.includes('master') ? 'master' : branches[0]
