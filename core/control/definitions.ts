import { AssayError } from '../errors.js'
import { limits } from '../event.js'
import type { ControlRecord } from './record.js'
import { step, type TestState } from './test-state.js'

/** Characters of what clients see of an app: they take 2,000,000. */
const CONFIG_SIZE = 1_500_000

const NO_TESTS = '{"tests":{}}'

type Tests = Map<string, TestState>

/** What all records of the topic `assay.control` come to, app by app and test by test. */
export class Definitions {
  readonly #apps = new Map<string, Tests>()
  readonly #configs = new Map<string, string>()
  readonly #listeners = new Set<(app: string) => void>()

  test(app: string, testId: string): TestState | undefined {
    return this.#apps.get(app)?.get(testId)
  }

  has(app: string): boolean {
    return this.#apps.has(app)
  }

  /** What clients see of an app, as JSON: `{"tests":{testId: ClientTest}}`. */
  config(app: string): string {
    return this.#configs.get(app) ?? NO_TESTS
  }

  /** Calls with the app whose config has changed. */
  onChange(listener: (app: string) => void): void {
    this.#listeners.add(listener)
  }

  /** What a record would change, or why it would not. */
  judge(record: ControlRecord): TestState | AssayError {
    const tests = this.#apps.get(record.app)
    const before = tests?.get(record.testId)
    const after = step(before, record)
    if (after instanceof AssayError) return after
    const tooMany = before === undefined ? this.#tooMany(tests) : null
    return tooMany ?? tooLarge(tests ?? new Map(), before, after) ?? after
  }

  apply(record: ControlRecord): TestState | AssayError {
    const { app, testId } = record
    const after = this.judge(record)
    if (after instanceof AssayError) return after
    const tests: Tests = this.#apps.get(app) ?? new Map()
    const before = tests.get(testId)
    this.#apps.set(app, tests.set(testId, after))
    if (after.client !== (before?.client ?? null)) {
      this.#configs.set(app, configOf(tests))
      for (const listener of this.#listeners) listener(app)
    }
    return after
  }

  #tooMany(tests: Tests | undefined): AssayError | null {
    if (tests === undefined && this.#apps.size >= limits.apps)
      return new AssayError('too-many-apps', `Expected one of ${limits.apps} apps with definitions; a new one came.`)
    const live = [...(tests?.values() ?? [])].filter(({ stage }) => stage !== 'archived').length
    if (live < limits.testsPerApp) return null
    return new AssayError('too-many-tests', `Expected at most ${limits.testsPerApp} defined tests; a new one came.`)
  }
}

function configOf(tests: Tests): string {
  const seen = [...tests].filter(([, { client }]) => client !== null)
  return `{"tests":{${seen.map(([testId, { client }]) => `${JSON.stringify(testId)}:${client}`).join()}}}`
}

function tooLarge(tests: Tests, before: TestState | undefined, after: TestState): AssayError | null {
  const sizeOf = (test: TestState | undefined) => test?.client?.length ?? 0
  if (sizeOf(after) <= sizeOf(before)) return null
  const others = [...tests.values()].filter((test) => test !== before)
  const size = others.reduce((sum, test) => sum + sizeOf(test), sizeOf(after))
  if (size <= CONFIG_SIZE) return null
  return new AssayError(
    'config-too-large',
    `Expected at most ${CONFIG_SIZE} characters for clients; ${size} it would be.`,
  )
}
