import { isDeepStrictEqual } from 'node:util'
import type { ControlFollower } from '@assay/core/control/follower'
import type { MetricState } from '@assay/core/control/metric-state'
import type { RolloutRecord, TestRecord } from '@assay/core/control/record'
import type { TestState } from '@assay/core/control/test-state'
import { usualControl } from '@assay/core/definition/control'
import type { MetricDefinition } from '@assay/core/definition/metric'
import { testDefinition } from '@assay/core/definition/test'
import { AssayError } from '@assay/core/errors'
import { newEventId } from '@assay/core/event'
import { versionOf } from './etag.js'
import { shown } from './validate.js'

export type Test = Pick<TestRecord, 'app' | 'testId'>

/** What a record is about, before it is known who and when. */
export type Change =
  | Pick<Extract<TestRecord, { what: 'define' }>, 'what' | 'why' | 'definition'>
  | Pick<Extract<TestRecord, { what: 'stop' }>, 'what' | 'why' | 'ship'>
  | Pick<RolloutRecord, 'what' | 'why' | 'action' | 'release' | 'reasons'>
  | Pick<Extract<TestRecord, { what: 'start' | 'archive' }>, 'what' | 'why'>

/** Steps that take users from a canary, or add none: taken twice they do no harm. */
const careful: readonly string[] = ['suspend', 'pause', 'rollback']
/** How often one of them is tried while the controller is faster. */
const TRIES = 5

/** Changes of tests and metrics, written to the log as records of who and when. Each may throw what `ControlFollower.write` does. */
export class Changes {
  constructor(
    private readonly control: ControlFollower,
    private readonly clock: () => number,
  ) {}

  /** Without `If-Match` it is the test as it is now that changes, or one that is not there. */
  async change(test: Test, match: string | undefined, change: Change): Promise<TestState> {
    const current = (await this.control.current(test.app, test.testId))?.version ?? 0
    const expects = match !== undefined ? versionOf(match, current) : change.what === 'define' ? 0 : current
    return this.control.write({ ...this.signed(test), expects, ...change })
  }

  /**
   * A person's step of a rollout. One that takes users from the canary is tried again where another change came between,
   * unless it names its version.
   */
  async stepRollout(
    test: Test,
    match: string | undefined,
    step: Pick<RolloutRecord, 'action' | 'release' | 'why'>,
  ): Promise<TestState> {
    const tries = match === undefined && careful.includes(step.action) ? TRIES : 1
    for (let left = tries - 1; ; left--) {
      try {
        return await this.change(test, match, { what: 'rollout', reasons: [], ...step })
      } catch (error) {
        if (left === 0 || !isMismatch(error)) throw error
      }
    }
  }

  /** A metric of an app: the version that `If-Match` names changes, without it a new one is made. */
  async setMetric(
    app: string,
    metric: MetricDefinition,
    match: string | undefined,
    why: string | undefined,
  ): Promise<MetricState> {
    const current = (await this.control.latest()).metrics(app).get(metric.name)?.version ?? 0
    const expects = match === undefined ? 0 : versionOf(match, current)
    return this.control.write({ ...this.signed({ app }), what: 'metric', expects, why, metric })
  }

  /** Nothing is written where it is the app's current test already. */
  async makeCurrent(test: Test, why?: string): Promise<TestState> {
    const found = await this.control.current(test.app, test.testId)
    if (found && this.control.definitions.currentTest(test.app) === test.testId) return found
    return this.control.write({ ...this.signed(test), what: 'current', why })
  }

  /**
   * A test of these branches, which runs with equal weights, or the one there is; it is the app's current test then.
   * However often it is asked for, and by how many at once, there is one. @throws AssayError `version-mismatch`
   */
  async newTest(test: Test, names: readonly string[]): Promise<{ isNew: boolean; state: TestState }> {
    const branches = names.map((name) => ({ name, weight: 1 }))
    const definition = testDefinition.parse({ branches, control: usualControl(names), metrics: [] })
    const isNew = await this.wasFirst(test, 0, { what: 'define', definition })
    const found = (await this.control.current(test.app, test.testId))!
    requireBranches(test, found, names)
    // A draft of just this was left half made.
    if (found.version === 1 && isDeepStrictEqual(found.definition, definition))
      await this.wasFirst(test, 1, { what: 'start' })
    return { isNew, state: await this.makeCurrent(test) }
  }

  /** Whether the change was made, or another was there first. */
  private async wasFirst(test: Test, expects: number, change: Change): Promise<boolean> {
    try {
      await this.control.write({ ...this.signed(test), expects, ...change })
      return true
    } catch (error) {
      if (isMismatch(error)) return false
      throw error
    }
  }

  private signed<About extends { app: string }>(about: About) {
    return { id: newEventId(), at: this.clock(), by: 'admin', ...about }
  }
}

const isMismatch = (error: unknown) => error instanceof AssayError && error.code === 'version-mismatch'

function requireBranches({ testId }: Test, { definition }: TestState, names: readonly string[]): void {
  const has = definition.branches.map((branch) => branch.name)
  if (isDeepStrictEqual(new Set(has), new Set(names))) return
  throw new AssayError(
    'version-mismatch',
    `Expected a new test, or the branches ${shown(has.join())} of ${shown(testId)}; ${shown(names.join())} came.`,
  )
}
