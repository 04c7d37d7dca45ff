import { z } from 'zod'
import { prose, testDefinition } from '../definition/test.js'
import { inheritedNames, name } from '../event.js'

/** Of an app or a test: a name that events may carry and that can be a key of JSON. */
export const definedName = name
  .refine((s) => !s.startsWith('$'), 'must not start with $')
  .refine((s) => !inheritedNames.includes(s), `must be a name other than ${inheritedNames.join(', ')}`)

const common = {
  id: name.describe('By which its writer finds it again.'),
  at: z.int().min(0).describe('Unix milliseconds.'),
  by: name.describe('Who: the kind of the key.'),
  why: prose.optional(),
  app: definedName,
  testId: definedName,
}

const versioned = {
  ...common,
  expects: z.int().min(0).describe('The version that it changes; 0 for a test that is new.'),
}

/**
 * One line of the topic `assay.control`: who wants what changed. Whether it was is up to the fold. The log is read from
 * its start for ever, so what was valid once stays valid: this schema may only grow wider.
 */
export const controlRecord = z.discriminatedUnion('what', [
  z.object({ what: z.literal('define'), ...versioned, definition: testDefinition }),
  z.object({ what: z.literal('start'), ...versioned }),
  z.object({ what: z.literal('stop'), ...versioned, ship: name.optional().describe('The branch that all users get.') }),
  z.object({ what: z.literal('archive'), ...versioned }),
  // Which test is its app's current one is of no version: the last who says so is right.
  z.object({ what: z.literal('current'), ...common }),
])

export type ControlRecord = z.infer<typeof controlRecord>
