import type { Attributes } from '../../core/condition.js'
import type { BranchOf, TestId } from '../branches.js'
import type { Guard } from '../guard.js'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** What may be learnt of the user of a page, or asked for, while it is open. */
export interface PageUser {
  /** Replaces what is known of the user of this page, for targeting. */
  describe(attributes: Attributes): void
  /** Shows the user of this page a branch without counting, until it is null. */
  force<T extends TestId>(testId: T, branch: BranchOf<T> | null): void
}

/** Changes these records in place, for whoever looks into them. */
export function createPageUser(
  attributes: Mutable<Attributes>,
  forced: Record<string, string>,
  { attempt }: Guard,
  onChange: () => void,
): PageUser {
  return {
    describe(known) {
      clear(attributes)
      attempt(() => Object.assign(attributes, known))
      onChange()
    },
    force(testId, branch) {
      attempt(() => {
        if (branch === null) delete forced[testId]
        else forced[testId] = branch
      })
      onChange()
    },
  }
}

export function clear(record: Record<string, unknown>): void {
  for (const name in record) delete record[name]
}
