import { AssayError } from '../errors.js'
import { limits } from '../event.js'
import type { ControlRecord } from './record.js'
import { step, type TestState } from './test-state.js'

/** Characters of what clients see of an app: they take 2,000,000. */
const CONFIG_SIZE = 1_500_000

type Tests = ReadonlyMap<string, TestState>

interface App {
  tests: Map<string, TestState>
  /** The id of its current test. */
  current: string | undefined
  /** JSON of what clients see. */
  config: string
}

const nothing = (): App => ({ tests: new Map(), current: undefined, config: '{"tests":{}}' })
const NOTHING = nothing()

/** What all records of the topic `assay.control` come to, app by app and test by test. */
export class Definitions {
  readonly #apps = new Map<string, App>()
  readonly #listeners = new Set<(app: string) => void>()

  test(app: string, testId: string): TestState | undefined {
    return this.tests(app).get(testId)
  }

  /** All tests of an app, by their ids. */
  tests(app: string): Tests {
    return this.#app(app).tests
  }

  /** The id of the app's current test: which one people look at, of those that stand. */
  currentTest(app: string): string | undefined {
    return this.#app(app).current
  }

  has(app: string): boolean {
    return this.#apps.has(app)
  }

  /** What clients see of an app, as JSON: `{"tests":{testId: ClientTest},"current":testId}`. */
  config(app: string): string {
    return this.#app(app).config
  }

  /** Calls with the app whose config has changed. */
  onChange(listener: (app: string) => void): void {
    this.#listeners.add(listener)
  }

  /** What a record would change, or why it would not. */
  judge(record: ControlRecord): TestState | AssayError {
    const { tests } = this.#app(record.app)
    const before = tests.get(record.testId)
    const after = step(before, record)
    if (after instanceof AssayError) return after
    const tooMany = before === undefined ? this.#tooMany(record.app) : null
    return tooMany ?? tooLarge(tests, before, after) ?? after
  }

  apply(record: ControlRecord): TestState | AssayError {
    const { app, testId } = record
    const after = this.judge(record)
    if (after instanceof AssayError) return after
    const { tests, ...before } = this.#apps.get(app) ?? nothing()
    const current = currentAfter(before.current, record)
    const isSame = after.client === (tests.get(testId)?.client ?? null) && current === before.current
    tests.set(testId, after)
    const config = isSame ? before.config : configOf(tests, current)
    this.#apps.set(app, { tests, current, config })
    if (config !== before.config) for (const listener of this.#listeners) listener(app)
    return after
  }

  #app(app: string): App {
    return this.#apps.get(app) ?? NOTHING
  }

  #tooMany(app: string): AssayError | null {
    if (!this.has(app) && this.#apps.size >= limits.apps)
      return new AssayError('too-many-apps', `Expected one of ${limits.apps} apps with definitions; a new one came.`)
    const live = [...this.tests(app).values()].filter(({ stage }) => stage !== 'archived').length
    if (live < limits.testsPerApp) return null
    return new AssayError('too-many-tests', `Expected at most ${limits.testsPerApp} defined tests; a new one came.`)
  }
}

/** Another one, if the record says so; none, if it puts that test away. */
function currentAfter(before: string | undefined, { what, testId }: ControlRecord): string | undefined {
  if (what === 'current') return testId
  return what === 'archive' && testId === before ? undefined : before
}

/** Of the current test clients hear only where they see it: names of drafts are not for the public. */
function configOf(tests: Tests, current: string | undefined): string {
  const seen = [...tests].filter(([, { client }]) => client !== null)
  const all = seen.map(([testId, { client }]) => `${JSON.stringify(testId)}:${client}`).join()
  const isSeen = current !== undefined && tests.get(current)?.client !== null
  return `{"tests":{${all}}${isSeen ? `,"current":${JSON.stringify(current)}` : ''}}`
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
