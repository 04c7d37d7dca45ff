import type { Attributes } from '../../core/condition.js'
import type { BranchOf, TestId } from '../branches.js'
import { follow } from '../follow.js'
import type { Guard } from '../guard.js'
import type { ClientOptions } from '../options.js'
import type { Subject, Visitor } from '../visitor.js'
import { readForced } from './forced.js'
import type { Identity } from './identity.js'
import { isUnseen, unseen } from './shown.js'

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

type Told = (seen: Visitor) => void

/** The user of a page as long as it is open, whoever that is. */
export interface Page {
  readonly user: PageUser
  /** Looks who it is by now. @returns what was told while nobody had seen the page */
  look(isFirst?: boolean): readonly Told[]
  /** Gives up what was told while nobody had seen the page. */
  forget(): void
}

export function createPageUser(
  options: ClientOptions,
  { attempt }: Guard,
  identity: Identity,
  visitor: (subject: Subject) => Visitor,
  onChange: () => void,
): Page {
  let attributes = { ...options.attributes }
  let forced = attempt(() => readForced(globalThis.location?.search)) ?? {}
  const told: Told[] = []
  const enter = () => {
    const user = visitor({ ...identity, attributes, forced })
    return isUnseen() ? unseen(user, (tell) => void told.push(tell)) : user
  }
  let current = enter()
  const forget = () => told.splice(0)
  const leave = () => {
    attributes = forced = {}
  }
  const change = (work: () => void) => {
    attempt(work)
    current = enter()
    onChange()
  }
  const user: PageUser = {
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
        leave()
        forget()
      }),
  }
  return {
    user,
    look(isFirst) {
      const before = identity.user
      identity.look()
      const isAnother = before !== identity.user
      if (isAnother && !isFirst) leave()
      if (isAnother || isFirst) current = enter()
      return forget()
    },
    forget,
  }
}
