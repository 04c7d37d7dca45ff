import type { ClientTest } from '../decide.js'
import { toClientTest } from '../definition/client-test.js'
import type { TestDefinition } from '../definition/test.js'
import { AssayError } from '../errors.js'
import type { TestRecord } from './record.js'
import { besideRollout, type RolloutState, stepRollout, withWeight } from './rollout-state.js'

export const stages = ['draft', 'running', 'stopped', 'archived'] as const
type Stage = (typeof stages)[number]

/** What the records of one test come to. */
export interface TestState {
  definition: TestDefinition
  stage: Stage
  /** Raised by every record but `current`. */
  version: number
  /** The version since which clients see the same; events name branches with it. */
  phase: number
  /** The branch that all users get. */
  ship?: string | undefined
  rollout?: RolloutState | undefined
  /** JSON of the `ClientTest`; null where clients do not see the test. */
  client: string | null
  /** The records, oldest first. */
  history: readonly TestRecord[]
}

/** From which stages a record leads where; `define` makes a draft, or changes a test where it stands. */
const transitions: Record<TestRecord['what'], { from: readonly Stage[]; to: Stage | null }> = {
  define: { from: ['draft', 'running', 'stopped'], to: null },
  start: { from: ['draft', 'stopped'], to: 'running' },
  stop: { from: ['running', 'stopped'], to: 'stopped' },
  archive: { from: ['draft', 'running', 'stopped'], to: 'archived' },
  current: { from: ['draft', 'running', 'stopped'], to: null },
  // Its first step starts the test; later ones need one that runs, by the rollout's own stages.
  rollout: { from: ['draft', 'running', 'stopped'], to: 'running' },
}

/** One step of the fold: the state after a record, or why the record changes nothing. It depends on nothing else. */
export function step(before: TestState | undefined, record: TestRecord): TestState | AssayError {
  const refusal = refusalOf(before, record)
  if (refusal !== null) return refusal
  const rollout =
    record.what === 'rollout'
      ? stepRollout(before!.rollout, before!.definition.rollout, record)
      : besideRollout(before?.rollout, record)
  if (rollout instanceof AssayError) return rollout
  const version = record.what === 'current' ? before!.version : record.expects + 1
  const { to } = transitions[record.what]
  const after = {
    definition: definitionAfter(before, record, rollout),
    stage: to ?? before?.stage ?? 'draft',
    ship: record.what === 'stop' ? record.ship : to === null ? before?.ship : undefined,
  }
  const names = after.definition.branches.map((branch) => branch.name)
  if (after.ship !== undefined && !names.includes(after.ship))
    return new AssayError('branch-not-found', `Expected to ship one of ${names.join(', ')}; "${after.ship}" came.`)
  const seenAs = (phase: number) => clientOf(record.testId, after, phase)
  const phase = before && seenAs(before.phase) === before.client ? before.phase : version
  const history = [...(before?.history ?? []), record]
  return { ...after, version, phase, client: seenAs(phase), history, ...(rollout && { rollout }) }
}

function definitionAfter(
  before: TestState | undefined,
  record: TestRecord,
  rollout: RolloutState | undefined,
): TestDefinition {
  if (record.what === 'define') return record.definition
  const { definition } = before!
  return record.what === 'rollout' ? withWeight(definition, rollout!.weight) : definition
}

function refusalOf(before: TestState | undefined, record: TestRecord): AssayError | null {
  const version = before?.version ?? 0
  if (record.what !== 'current' && record.expects !== version)
    return new AssayError('version-mismatch', `Expected a change of version ${version}; one of ${record.expects} came.`)
  if (!before)
    return record.what === 'define'
      ? null
      : new AssayError('test-not-found', `Expected a test that is defined; "${record.testId}" came.`)
  const { from } = transitions[record.what]
  if (from.includes(before.stage)) return null
  return new AssayError('transition-invalid', `Expected a test that is ${from.join(' or ')}; it is ${before.stage}.`)
}

function clientOf(
  testId: string,
  test: Pick<TestState, 'definition' | 'stage' | 'ship'>,
  phase: number,
): string | null {
  const { stage, ship, definition } = test
  if (stage !== 'running' && ship === undefined) return null
  const client: ClientTest = { ...toClientTest(testId, definition, phase), ...(ship !== undefined && { ship }) }
  return JSON.stringify(client)
}
