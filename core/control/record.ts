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
  expects: z.int().min(0).describe('The version that it changes; 0 for a test that is new.'),
}

/**
 * One line of the topic `assay.control`: who wants what changed. Whether it was is up to the fold. The log is read from
 * its start for ever, so what was valid once stays valid: this schema may only grow wider.
 */
export const controlRecord = z.discriminatedUnion('what', [
  z.object({ what: z.literal('define'), ...common, definition: testDefinition }),
  z.object({ what: z.literal('start'), ...common }),
  z.object({ what: z.literal('stop'), ...common, ship: name.optional().describe('The branch that all users get.') }),
  z.object({ what: z.literal('archive'), ...common }),
])

export type ControlRecord = z.infer<typeof controlRecord>
