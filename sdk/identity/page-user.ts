import type { Attributes } from '../../core/condition.js'
import type { BranchOf, TestId } from '../branches.js'
import { follow } from '../follow.js'
import type { Guard } from '../guard.js'
import type { ClientOptions } from '../options.js'
import type { Subject, Visitor } from '../visitor.js'
import { readForced } from './forced.js'
import type { Identity } from './identity.js'

/** The user of a page, and what may be learnt of it, or asked for, while the page is open. */
export interface PageUser extends Visitor {
  /** Replaces what is known of the user of this page, for targeting. */
  describe(attributes: Attributes): void
  /** Shows the user of this page a branch without counting, until it is null. */
  force<T extends TestId>(testId: T, branch: BranchOf<T> | null): void
  /**
   * The user left, and whoever comes next is somebody new: an anonymous user of whom nothing is known. For the logout.
   */
  reset(): void
}

export function createPageUser(
  options: ClientOptions,
  { attempt }: Guard,
  identity: Identity,
  visitor: (subject: Subject) => Visitor,
  onChange: () => void,
): PageUser {
  let attributes = { ...options.attributes }
  let forced = attempt(() => readForced(globalThis.location?.search)) ?? {}
  const enter = () => visitor({ ...identity, attributes, forced })
  let current = enter()
  const change = (work: () => void) => {
    attempt(work)
    current = enter()
    onChange()
  }
  return {
    ...follow(() => current),
    get user() {
      return current.user
    },
    describe: (known) =>
      change(() => {
        attributes = { ...known }
      }),
    force: (testId, branch) =>
      change(() => {
        // No branch has an empty name.
        forced = { ...forced, [testId]: branch ?? '' }
      }),
    reset: () =>
      change(() => {
        identity.reset()
        attributes = forced = {}
      }),
  }
}
