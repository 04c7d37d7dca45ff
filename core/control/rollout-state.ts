import type { RolloutPolicy } from '../definition/rollout.js'
import type { TestDefinition } from '../definition/test.js'
import { AssayError } from '../errors.js'
import type { RolloutAction, RolloutRecord, TestRecord } from './record.js'

export const rolloutStages = ['rolling', 'suspended', 'paused', 'done', 'rolled-back', 'ended'] as const
export type RolloutStage = (typeof rolloutStages)[number]

/** What the records of a test's last rollout come to. */
export interface RolloutState {
  stage: RolloutStage
  /** Of the policy's steps, from 0: the one it is at, or would go on at. */
  step: number
  /** Share of users who have the canary now. */
  weight: number
  /** From 1: how often this release has been tried. */
  attempt: number
  release: string | undefined
  /** Unix milliseconds of the attempt's begin, */
  began: number
  /** and since when its weight is what it is. */
  since: number
  /** In this attempt. */
  suspensions: number
  /** The last step of it. */
  last: RolloutRecord
}

/** From which stages an action leads where; `null` is a test without a rollout. */
const transitions: Record<RolloutAction, { from: readonly (RolloutStage | null)[]; to: RolloutStage }> = {
  begin: { from: [null, 'done', 'rolled-back', 'ended'], to: 'rolling' },
  promote: { from: ['rolling', 'paused'], to: 'rolling' },
  suspend: { from: ['rolling', 'paused'], to: 'suspended' },
  resume: { from: ['suspended', 'paused'], to: 'rolling' },
  pause: { from: ['rolling', 'suspended'], to: 'paused' },
  rollback: { from: ['rolling', 'suspended', 'paused', 'done'], to: 'rolled-back' },
}

export const isActive = (state: RolloutState | undefined): state is RolloutState =>
  state !== undefined && ['rolling', 'suspended', 'paused'].includes(state.stage)

/** The branch that a rollout sends users to. */
export const canaryOf = ({ branches, control }: TestDefinition): string =>
  branches.find(({ name }) => name !== control)!.name

/** The rollout after a step of it, or why the step changes nothing. A dry one changes only what was said last. */
export function stepRollout(
  before: RolloutState | undefined,
  policy: RolloutPolicy | undefined,
  record: RolloutRecord,
): RolloutState | AssayError {
  if (policy === undefined)
    return new AssayError('transition-invalid', 'Expected a test whose definition has a rollout; it has none.')
  const { from, to } = transitions[record.action]
  if (!from.includes(before?.stage ?? null)) {
    const wanted = from.map((stage) => stage ?? 'not begun').join(' or ')
    return new AssayError(
      'transition-invalid',
      `Expected a rollout that is ${wanted}; it is ${before?.stage ?? 'not begun'}.`,
    )
  }
  if (record.action === 'begin') return begun(before, policy, record)
  if (record.dry) return { ...before!, last: record }
  const step = before!.step + (record.action === 'promote' ? 1 : 0)
  const isDone = record.action === 'promote' && step >= policy.steps.length
  const stage = isDone ? 'done' : to
  const weight = weightAt(stage, before!, policy, step)
  return {
    ...before!,
    ...{ stage, step, weight, last: record },
    since: weight === before!.weight && record.action !== 'promote' ? before!.since : record.at,
    suspensions: before!.suspensions + (record.action === 'suspend' ? 1 : 0),
  }
}

function begun(before: RolloutState | undefined, { steps }: RolloutPolicy, record: RolloutRecord): RolloutState {
  const isAgain = before !== undefined && before.stage !== 'done' && before.release === record.release
  return {
    ...{ stage: 'rolling', step: 0, weight: steps[0]!.weight, suspensions: 0, last: record },
    ...{ attempt: isAgain ? before.attempt + 1 : 1, release: record.release, began: record.at, since: record.at },
  }
}

/** The policy may have lost the step since. */
function weightAt(stage: RolloutStage, { weight }: RolloutState, { steps }: RolloutPolicy, step: number): number {
  if (stage === 'done') return 1
  if (stage === 'paused') return weight
  return stage === 'rolling' ? steps[Math.min(step, steps.length - 1)]!.weight : 0
}

/** A rollout after a record of its test that is none of its own steps: what ends the test ends it, weights by hand pause it. */
export function besideRollout(state: RolloutState | undefined, record: TestRecord): RolloutState | undefined {
  if (state === undefined) return state
  if (state.stage === 'done' || state.stage === 'rolled-back') {
    // What it came to is no longer who has the canary.
    const isOther =
      record.what === 'define' && hasCanary(record.definition) && shareOf(record.definition) !== state.weight
    return isOther ? { ...state, stage: 'ended' } : state
  }
  if (!isActive(state)) return state
  if (record.what === 'stop' || record.what === 'archive') return { ...state, stage: 'ended' }
  if (record.what !== 'define') return state
  const { definition } = record
  if (definition.rollout === undefined) return { ...state, stage: 'ended' }
  const weight = shareOf(definition)
  return weight === state.weight ? state : { ...state, stage: 'paused', weight, since: record.at }
}

const hasCanary = ({ branches }: TestDefinition) => branches.length === 2

/** Weights are written as a share and the rest; other scales come to the same but for rounding. */
function shareOf(definition: TestDefinition): number {
  const canary = canaryOf(definition)
  const total = definition.branches.reduce((sum, { weight }) => sum + weight, 0)
  return rounded(definition.branches.find(({ name }) => name === canary)!.weight / total)
}

const rounded = (share: number) => Number(share.toFixed(12))

/** The definition with the weight of its rollout; as it is, on whatever scale, where it has that. */
export function withWeight(definition: TestDefinition, weight: number): TestDefinition {
  if (shareOf(definition) === weight) return definition
  const weightOf = (name: string) => (name === definition.control ? rounded(1 - weight) : weight)
  return { ...definition, branches: definition.branches.map(({ name }) => ({ name, weight: weightOf(name) })) }
}
