import { type Branch, branchAt, bucket } from './assign.js'
import type { Attributes, Condition } from './condition.js'

/** Users whose place under a name (`bucket`) is in [from, to). */
export interface Range {
  /** Ranges of one name that do not overlap share no user; those of different names are independent. */
  name: string
  /** 0 to 1; users at this place are in it. */
  from: number
  /** 0 to 1; users at this place are not. */
  to: number
}

/** This share of users, 0 to 1: those of a smaller share are among those of a larger one. */
export const coverage = (testId: string, share: number): Range => ({ name: `coverage:${testId}`, from: 0, to: share })
/** A part of a namespace: tests with parts that do not overlap share no user. */
export const namespace = (name: string, from: number, to: number): Range => ({ name: `namespace:${name}`, from, to })
/** All but this share of users, who are held out of every test that says so. */
export const holdout = (name: string, share: number): Range => ({ name: `holdout:${name}`, from: share, to: 1 })

/** A test as SDKs and gates know it: what they need to tell a user's branch, and nothing else. */
export interface ClientTest {
  /** Those that users are split into by weight, one at the least. */
  branches: readonly Branch[]
  /** The branch of all who are not in the test; the first, unless it is named. */
  control?: string
  /** Events name the branch with it, as `branch@version`. */
  version?: number
  /** Only users in all of these are in the test: its `coverage`, its `namespace`, those not in a `holdout`. */
  within?: readonly Range[]
  /** Only users of whom this holds are in the test. */
  targeting?: Condition
  /** A user keeps the first branch, whatever the weights become. */
  sticky?: boolean
  /** The test is over, and everybody has this branch. */
  ship?: string
}

export interface Subject {
  user: string
  attributes?: Attributes
  /** By test id, the branch that somebody asked for. */
  forced?: Readonly<Record<string, string>>
  /** By test id, the branch that a sticky test gave before. */
  sticky?: Readonly<Record<string, string>>
  /** Whether the user is in no test at all. */
  isOut?: () => boolean | undefined
}

export type Matches = (condition: Condition, attributes: Attributes) => boolean

/** A user's branch, and why. */
export interface Decision<Branch extends string = string> {
  branch: Branch
  /** Only users who were split, or were so before, count in the test's results. */
  reason: 'split' | 'sticky' | 'forced' | 'shipped' | 'left-out'
}

/**
 * Which branch of a test a user has, and why: the same in every SDK, gate and service.
 * Each question is asked at a place of its own (`assign.ts`), so that no answer depends on another.
 */
export function decide(testId: string, test: ClientTest, subject: Subject, matches: Matches): Decision {
  const { branches, control = branches[0]!.name, within = [], targeting, sticky, ship } = test
  const { user, attributes = {}, isOut } = subject
  const has = (branch: string | undefined): branch is string => branches.some((b) => b.name === branch)
  const isWithin = ({ name, from, to }: Range) => {
    const place = bucket(user, name)
    return place >= from && place < to
  }
  const asked = subject.forced?.[testId]
  const before = subject.sticky?.[testId]
  if (has(asked)) return { branch: asked, reason: 'forced' }
  if (has(ship)) return { branch: ship, reason: 'shipped' }
  if (isOut?.() || !within.every(isWithin) || (targeting && !matches(targeting, attributes)))
    return { branch: control, reason: 'left-out' }
  if (sticky && has(before)) return { branch: before, reason: 'sticky' }
  return { branch: branchAt(bucket(user, testId), branches), reason: 'split' }
}
