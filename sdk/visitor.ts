import type { Attributes } from '../core/condition.js'
import { type Decision, decide, type Matches } from '../core/decide.js'
import type { BranchOf, TestId } from './branches.js'
import type { Line } from './delivery/keep.js'
import type { Guard } from './guard.js'
import { newId } from './id.js'
import { TESTS } from './limits.js'
import type { BaseOptions, Tests } from './options.js'

/** Told with an event: 16 at the most, with names of 1 to 128 characters. */
export type Props = Readonly<Record<string, string | number | boolean>>

/** One user, of whom it is asked which branch to show, and told what was done. Nothing here ever throws. */
export interface Visitor {
  /** The id under which this user is counted. */
  readonly user: string
  /** The user's branch, which is about to be shown: the user counts in the test from now on. */
  assign<T extends TestId>(testId: T): BranchOf<T>
  /** The same without counting. */
  peek<T extends TestId>(testId: T): BranchOf<T>
  /** The same, with the reason; nothing for a test that is not known. */
  explain<T extends TestId>(testId: T): Decision<BranchOf<T>> | undefined
  /** What the user did. */
  track(event: string, value?: number, props?: Props): void
  /** The same with the tests that it belongs to, by their branches; `track` takes those that the user was counted in. */
  report(event: string, value?: number, tests?: Readonly<Record<string, string>>, props?: Props): void
  /** Who the user turned out to be. Assignments stay, and both ids count as one person. */
  identify(user: string): void
}

/** Who a user is, and what must stay the same while that is so. */
export interface Subject {
  /** The id under which the user is counted. */
  user: string
  attributes?: Attributes
  /** By test id, the branch to show without counting. */
  forced?: Record<string, string>
  /** By test id, the branch that stays. */
  sticky?: Record<string, string>
  /** By test id, the branch that was reported, with its version: what is tracked goes with it. */
  exposed?: Record<string, string>
  /** Keeps `sticky` and `exposed`, which have changed. */
  save?: () => void
  /** Whether the user is left out of all tests; asked with true, whether nothing is reported of the user. */
  isOut?: (tells?: boolean) => boolean | undefined
}

/** What all users of a client share. */
export interface Surroundings {
  tests: Tests
  /** How often answers may have changed so far. */
  changes: number
  send(line: Line): void
  /** Whether this is said for the first time. */
  isNew(fact: string): boolean
}

export function createVisitor(
  subject: Subject,
  { app, fallback = 'master', targeting, onExposure }: BaseOptions,
  { attempt, tell }: Guard,
  around: Surroundings,
): Visitor {
  /** An id that can be counted, or none. */
  const idOf = (id: unknown): string => {
    if (typeof id === 'string' && id && id.length < 257) return id
    tell(Error('user: expected 1 to 256 characters'))
    return ''
  }
  const exposed = subject?.exposed ?? {}
  const sticky = subject?.sticky ?? {}
  const user = idOf(subject?.user)
  const isOut = (tells?: boolean) => !user || subject.isOut?.(tells)
  /** Whether this is said of the user for the first time. */
  const isNew = (fact: unknown) => !isOut(true) && around.isNew(JSON.stringify([user, fact]))
  const me = { ...subject, user, sticky, isOut }
  // What cannot be told does not hold.
  const isTargeted: Matches = (condition, attributes) => attempt(() => targeting!(condition, attributes))!
  /** Answers given already, since the last change. */
  const given = new Map<string, string>()
  let asked = around.changes

  const explain = (testId: string) =>
    attempt(() => {
      if (Object.hasOwn(around.tests, testId)) return decide(testId, around.tests[testId]!, me, isTargeted)
    })
  const report: Visitor['report'] = (event, value, tests, props) =>
    attempt(() => {
      if (isOut(true)) return
      const id = newId()
      around.send({ id, json: JSON.stringify({ id, app, user, event, value, time: Date.now(), tests, props }) })
    })
  const expose = (testId: string, branch: string) => {
    const { version, sticky: stays } = around.tests[testId]!
    const tests = { [testId]: version ? `${branch}@${version}` : branch }
    Object.assign(exposed, tests)
    if (stays) sticky[testId] = branch
    subject.save?.()
    if (!isNew(tests)) return
    report('$exposure', undefined, tests)
    onExposure?.({ user, testId, branch, version })
  }
  return {
    user,
    assign(testId) {
      if (asked !== around.changes) given.clear()
      asked = around.changes
      let branch = given.get(testId)
      if (branch) return branch
      const found = explain(testId)
      branch = found?.branch ?? fallback
      if (found?.reason === 'split' || found?.reason === 'sticky') attempt(() => expose(testId, branch!))
      given.set(testId, branch)
      return branch
    },
    report,
    peek: (testId) => explain(testId)?.branch ?? fallback,
    explain,
    track: (event, value, props) =>
      report(event, value, Object.fromEntries(Object.entries(exposed).slice(-TESTS)), props),
    identify(known) {
      if (known !== user && idOf(known) && isNew(known)) report('$identify', undefined, {}, { user: known })
    },
  }
}
