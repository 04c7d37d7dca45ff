import { z } from 'zod'
import { limits, name } from '../event.js'
import { targeting } from './conditions.js'
import { decisionDefinition } from './decision.js'
import { type AutomaticMetric, automaticMetrics, metricDefinition } from './metric.js'
import { type RolloutPolicy, rolloutPolicy } from './rollout.js'

/** `@` separates a branch from the version of the test's definition, where events name both; these take no `$`. */
export const branchName = name.regex(/^[^@$][^@]*$/, 'must not hold @ or start with $')

const branch = z.strictObject({
  name: branchName,
  weight: z.number().min(0).max(1e6).describe('Share of users, on any scale.'),
})

const share = z.number().min(0).max(1)

const namespace = z
  .strictObject({ name, from: share, to: share })
  .refine((n) => n.from < n.to, { path: ['to'], error: 'must be above from' })

/** What people wrote for people. */
export const prose = z
  .string()
  .min(1)
  .max(2000)
  .refine((s) => s.isWellFormed(), 'must not hold lone surrogates')

const unique = (names: readonly string[]) => new Set(names).size === names.length

/** A metric of the test's own, or the name of one of its app's. */
const metric = z.union([name, metricDefinition], 'must be a metric, or the name of one of the app’s')
const nameOf = (one: z.output<typeof metric>) => (typeof one === 'string' ? one : one.name)
const metrics = z
  .array(metric)
  .max(limits.metrics)
  .refine((all) => unique(all.map(nameOf)), 'must have names of their own')

interface Measured {
  metrics: z.output<typeof metrics>
  guardrails: z.output<typeof metrics>
  rollout?: RolloutPolicy | undefined
}

function hasItsMetrics({ metrics, guardrails, rollout }: Measured): boolean {
  const names = [...metrics, ...guardrails].map(nameOf)
  return (rollout?.guardrails ?? []).every((one) => one.kind !== 'metric' || names.includes(one.metric))
}

export const testDefinition = z
  .strictObject({
    branches: z
      .array(branch)
      .min(1)
      .max(limits.branches)
      .refine((all) => unique(all.map((b) => b.name)), 'must have names of their own')
      .refine((all) => all.some((b) => b.weight > 0), 'must have a weight above 0'),
    control: branchName.describe('The branch the others are compared with.'),
    metrics: metrics.describe('What decides, and what is to be seen; with none, two of each event.'),
    guardrails: metrics.default([]).describe('What must not get worse.'),
    decision: decisionDefinition.prefault({}),
    coverage: share.optional().describe('Share of users who are in the test at all; the others have the control.'),
    namespace: namespace.optional().describe('A part of a namespace: tests whose parts do not overlap share no user.'),
    holdout: z
      .strictObject({ name, share })
      .optional()
      .describe('This share of users is held out, of every test that names the same holdout.'),
    targeting: targeting.optional().describe('A condition on attributes: only users of whom it holds are in the test.'),
    sticky: z.boolean().optional().describe('Whether users keep the first branch, whatever the weights become.'),
    hypothesis: prose.optional().describe('What is expected, and why.'),
    owner: name.optional().describe('Who answers for the test.'),
    rollout: rolloutPolicy.optional().describe('How the branch that is not the control grows, and what stops it.'),
  })
  .refine((t) => t.branches.some((b) => b.name === t.control), {
    path: ['control'],
    error: 'must be one of the branches',
  })
  .refine((t) => t.rollout === undefined || t.branches.length === 2, {
    path: ['branches'],
    error: 'must be two, the control and the canary, of a test with a rollout',
  })
  .refine((t) => t.rollout === undefined || t.sticky !== true, {
    path: ['sticky'],
    error: 'must be left out of a test with a rollout: its users go where the weights send them',
  })
  .refine((t) => hasItsMetrics(t), {
    path: ['rollout', 'guardrails'],
    error: 'must name metrics that are among the test’s metrics or guardrails',
  })

export type TestDefinition = z.infer<typeof testDefinition>

/**
 * The definition of a test that is known from its events alone: branches meant equal, the two automatic metrics of each
 * event, and as control `master`, else `control`, else the first in order. An import is closed history, looked at once.
 */
export function automaticTest(
  branches: readonly string[],
  events: readonly string[],
  imported: boolean,
): Omit<TestDefinition, 'metrics'> & { metrics: AutomaticMetric[] } {
  return {
    branches: branches.map((name) => ({ name, weight: 1 })),
    control: ['master', 'control'].find((name) => branches.includes(name)) ?? [...branches].sort()[0]!,
    metrics: events.flatMap(automaticMetrics),
    guardrails: [],
    decision: decisionDefinition.parse({ method: imported ? 'single-look' : 'any-time' }),
  }
}
