import type { Attributes } from '@assay/core/condition'
import { matches } from '@assay/core/condition'
import { type Decision, decide } from '@assay/core/decide'
import { limits, printable } from '@assay/core/event'
import type { KnownTest, KnownTests } from './known-tests.js'

/** The branch of tests that are not known. */
export const MASTER = 'master'

/** Of whom it is asked. */
export interface Asker {
  user: string
  attributes?: Attributes
  /** By test id, the branch that a sticky test gave before. */
  sticky?: Readonly<Record<string, string>>
  /** Whether the user is in no test at all. */
  isOut?: () => boolean
}

/** Where a request goes. */
export interface Answer {
  /** The test that was asked about, or that is current; undefined where none is. */
  testId: string | undefined
  branch: string
  isControl: boolean
  reason: Decision['reason'] | 'unknown'
  /** Whether the user keeps this branch, whatever the weights become. */
  isKept: boolean
}

/** What is known of an app's tests now, and whether it may be acted on. */
export interface View {
  readonly last: KnownTests | null
  isFresh(): boolean
}

/** Who the word `user` may stand for: what the server would count, and what is no debris of broken UTF-8. */
export const isUser = (user: string): boolean =>
  user !== '' && user.length <= limits.userLength && printable(user) && !user.includes('\ufffd')

/**
 * Which branch of an app's test a user, or a number, has: from memory, without waiting for anything. What is unknown,
 * stale or malformed has the control. Never throws.
 */
export class Decisions {
  /** @param isClosed whether everybody goes to the control, as while there is maintenance */
  constructor(
    private readonly view: View,
    private readonly isClosed: () => boolean = () => false,
  ) {}

  /** The branch of a user; of the app's current test, where none is named. */
  ofUser(asker: Asker, named?: string): Answer {
    const testId = named ?? this.view.last?.current
    const known = this.find(testId)
    const control = known?.control ?? MASTER
    const toControl: Answer = { testId, branch: control, isControl: true, reason: 'unknown', isKept: false }
    if (known === undefined || !this.isOpen() || !isUser(asker.user)) return toControl
    try {
      const { branch, reason } = decide(testId!, known.test, asker, matches)
      const isKept = known.test.sticky === true && (reason === 'split' || reason === 'sticky')
      return { testId, branch, isControl: branch === control, reason, isKept }
    } catch {
      return toControl
    }
  }

  /** The branch of those who are in no test. */
  control(named?: string): string {
    return this.find(named ?? this.view.last?.current)?.control ?? MASTER
  }

  /** An answer's branch as events name it, `branch@version`; undefined of a user whom the test does not count. */
  labelOf({ testId, branch, reason }: Answer): string | undefined {
    if (reason !== 'split' && reason !== 'sticky') return
    const version = this.find(testId)?.test.version
    return version ? `${branch}@${version}` : branch
  }

  /** Share of users, 0 to 1, who have another branch than the control; a number below it has such a one. */
  rollout(named?: string): number {
    return this.isOpen() ? (this.find(named ?? this.view.last?.current)?.share ?? 0) : 0
  }

  private isOpen(): boolean {
    return this.view.isFresh() && !this.isClosed()
  }

  private find(testId: string | undefined): KnownTest | undefined {
    return testId === undefined ? undefined : this.view.last?.tests.get(testId)
  }
}
