import { matches } from '@assay/core/condition'
import type { ClientTest } from '@assay/core/decide'
import { targeting } from '@assay/core/definition/conditions'
import { branchName } from '@assay/core/definition/test'
import type { ClientConfig } from '@assay/sdk'
import { z } from 'zod'

const range = z.object({ name: z.string(), from: z.number(), to: z.number() })

/** A test as the server tells of it. What is malformed in any way is not known: its users have the control. */
const clientTest = z
  .object({
    branches: z
      .array(z.object({ name: branchName, weight: z.number().min(0).max(1e6) }))
      .refine((all) => new Set(all.map((b) => b.name)).size === all.length)
      // The first of branches without any weight may well be the canary.
      .refine((all) => all.some((b) => b.weight > 0)),
    control: branchName.optional(),
    version: z.number().optional(),
    within: z.array(range).optional(),
    targeting: targeting.optional(),
    sticky: z.boolean().optional(),
    ship: branchName.optional(),
  })
  .refine(({ branches, control, ship }) =>
    [control, ship].every((name) => name === undefined || branches.some((b) => b.name === name)),
  )

export interface KnownTest {
  test: ClientTest
  control: string
  /** Of users, 0 to 1, who have another branch than the control; of a number, which is below it then. */
  share: number
}

/** What a gate knows of an app. */
export interface KnownTests {
  tests: ReadonlyMap<string, KnownTest>
  /** The id of the app's current test. */
  current: string | undefined
  /** Tests that were malformed. */
  refused: readonly string[]
}

/** The tests of a config that are well formed. Never throws. */
export function knownTests({ tests, current }: ClientConfig): KnownTests {
  const known = new Map<string, KnownTest>()
  const refused: string[] = []
  for (const [testId, told] of Object.entries(tests)) {
    const { data } = clientTest.safeParse(told)
    if (data) known.set(testId, toKnown(data as ClientTest))
    else refused.push(testId)
  }
  return { tests: known, current: known.has(current!) ? current : undefined, refused }
}

function toKnown(test: ClientTest): KnownTest {
  const control = test.control ?? test.branches[0]!.name
  return { test, control, share: shareOf(test, control) }
}

/** Of a number nothing else is known: it counts as a user without attributes, in as much of the test as there is. */
function shareOf({ branches, within = [], targeting, ship }: ClientTest, control: string): number {
  if (ship !== undefined) return ship === control ? 0 : 1
  if (targeting && !matches(targeting, {})) return 0
  const weightOf = (all: typeof branches) => all.reduce((sum, { weight }) => sum + weight, 0)
  const split = weightOf(branches.filter(({ name }) => name !== control)) / weightOf(branches)
  return within.reduce((share, { from, to }) => share * Math.max(0, Math.min(to, 1) - Math.max(from, 0)), split)
}
