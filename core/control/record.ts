import { z } from 'zod'
import { metricDefinition } from '../definition/metric.js'
import { prose, testDefinition } from '../definition/test.js'
import { inheritedNames, name } from '../event.js'
import { type LogRecord, payload } from '../log/log.js'

export const TOPIC = 'assay.control'

/** Of an app or a test: a name that events may carry and that can be a key of JSON. */
export const definedName = name
  .refine((s) => !s.startsWith('$'), 'must not start with $')
  .refine((s) => !inheritedNames.includes(s), `must be a name other than ${inheritedNames.join(', ')}`)

const change = {
  id: name.describe('By which its writer finds it again.'),
  at: z.int().min(0).describe('Unix milliseconds.'),
  by: name.describe('Who: the kind of the key.'),
  why: prose.optional(),
  app: definedName,
}
const versioned = {
  ...change,
  expects: z.int().min(0).describe('The version that it changes; 0 for what is new.'),
}
const ofTest = { ...versioned, testId: definedName }

export const rolloutActions = ['begin', 'promote', 'suspend', 'resume', 'pause', 'rollback'] as const

/** Why a rollout took a step: one finding, with its numbers where there are any. */
export const reason = z.object({
  reason: name,
  guardrail: name.optional(),
  lnE: z.number().optional().describe('ln of the e-value;'),
  needed: z.number().optional().describe('of which so much was needed.'),
  canary: z.object({ total: z.number(), bad: z.number() }).optional().describe('Requests of the phase,'),
  control: z.object({ total: z.number(), bad: z.number() }).optional().describe('of both branches.'),
})

const rolloutRecord = z.object({
  what: z.literal('rollout'),
  ...ofTest,
  action: z.enum(rolloutActions),
  release: name.optional().describe('Of `begin`: attempts at the same release share the chances of error.'),
  epoch: z.int().min(1).optional().describe('Of a controller: under which it leads.'),
  dry: z.literal(true).optional().describe('It was only told.'),
  reasons: z.array(reason).max(100).default([]),
})

const testRecord = z.discriminatedUnion('what', [
  rolloutRecord,
  z.object({ what: z.literal('define'), ...ofTest, definition: testDefinition }),
  z.object({ what: z.literal('start'), ...ofTest }),
  z.object({ what: z.literal('stop'), ...ofTest, ship: name.optional().describe('The branch that all users get.') }),
  z.object({ what: z.literal('archive'), ...ofTest }),
  // Which test is its app's current one is of no version: the last who says so is right.
  z.object({ what: z.literal('current'), ...change, testId: definedName }),
])

/** A metric of an app, which its tests name; its name is the metric's. */
const metricRecord = z.object({ what: z.literal('metric'), ...versioned, metric: metricDefinition })

/** A controller that leads from now on: steps of rollouts under an earlier epoch change nothing. */
const leadRecord = z.object({
  what: z.literal('lead'),
  id: change.id,
  at: change.at,
  by: change.by,
  epoch: z.int().min(1).describe('One above the last.'),
})

/**
 * One line of the topic `assay.control`: who wants what changed. Whether it was is up to the fold. The log is read from
 * its start for ever, so what was valid once stays valid: this schema may only grow wider.
 */
export const controlRecord = z.discriminatedUnion('what', [testRecord, metricRecord, leadRecord])

export type ControlRecord = z.infer<typeof controlRecord>
export type TestRecord = z.infer<typeof testRecord>
export type MetricRecord = z.infer<typeof metricRecord>
export type RolloutRecord = z.infer<typeof rolloutRecord>
export type RolloutAction = RolloutRecord['action']
export type Reason = z.infer<typeof reason>
export type LeadRecord = z.infer<typeof leadRecord>

/** Null for what is not understood, as of a newer version. */
export function parseRecord(logged: LogRecord): ControlRecord | null {
  try {
    return controlRecord.parse(JSON.parse(payload(logged).toString()))
  } catch {
    return null
  }
}
