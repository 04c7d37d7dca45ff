import type { TestDefinition } from '../definition/test.js'
import { AssayError } from '../errors.js'
import { limits } from '../event.js'
import { type MetricState, stepMetric } from './metric-state.js'
import type { ControlRecord, MetricRecord, TestRecord } from './record.js'
import { step, type TestState } from './test-state.js'

/** Characters of what clients see of an app: they take 2,000,000. */
const CONFIG_SIZE = 1_500_000

const NO_TESTS = '{"tests":{}}'

type Tests = Map<string, TestState>
type Metrics = Map<string, MetricState>

/** What one record makes. */
export type Outcome<R extends ControlRecord> = R extends MetricRecord ? MetricState : TestState

/** What all records of the topic `assay.control` come to, app by app and test by test. */
export class Definitions {
  readonly #apps = new Map<string, Tests>()
  readonly #metrics = new Map<string, Metrics>()
  readonly #configs = new Map<string, string>()
  readonly #listeners = { config: new Set<(app: string) => void>(), any: new Set<(app: string) => void>() }

  test(app: string, testId: string): TestState | undefined {
    return this.#apps.get(app)?.get(testId)
  }

  tests(app: string): ReadonlyMap<string, TestState> {
    return this.#apps.get(app) ?? new Map()
  }

  metrics(app: string): ReadonlyMap<string, MetricState> {
    return this.#metrics.get(app) ?? new Map()
  }

  has(app: string): boolean {
    return this.#apps.has(app)
  }

  /** What clients see of an app, as JSON: `{"tests":{testId: ClientTest}}`. */
  config(app: string): string {
    return this.#configs.get(app) ?? NO_TESTS
  }

  /** Calls with the app whose config has changed; or of which anything has. */
  onChange(listener: (app: string) => void, what: 'config' | 'any' = 'config'): void {
    this.#listeners[what].add(listener)
  }

  /** What a record would change, or why it would not. */
  judge<R extends ControlRecord>(record: R): Outcome<R> | AssayError
  judge(record: ControlRecord): TestState | MetricState | AssayError {
    return record.what === 'metric' ? this.#judgeMetric(record) : this.#judgeTest(record)
  }

  apply<R extends ControlRecord>(record: R): Outcome<R> | AssayError
  apply(record: ControlRecord): TestState | MetricState | AssayError {
    const after = record.what === 'metric' ? this.#applyMetric(record) : this.#applyTest(record)
    if (!(after instanceof AssayError)) for (const listener of this.#listeners.any) listener(record.app)
    return after
  }

  #judgeTest(record: TestRecord): TestState | AssayError {
    const tests = this.#apps.get(record.app)
    const before = tests?.get(record.testId)
    const after = step(before, record)
    if (after instanceof AssayError) return after
    const tooMany = before === undefined ? this.#tooMany(tests) : null
    return tooMany ?? tooLarge(tests ?? new Map(), before, after) ?? this.#unnamed(record) ?? after
  }

  #applyTest(record: TestRecord): TestState | AssayError {
    const { app, testId } = record
    const after = this.#judgeTest(record)
    if (after instanceof AssayError) return after
    const tests: Tests = this.#apps.get(app) ?? new Map()
    const before = tests.get(testId)
    this.#apps.set(app, tests.set(testId, after))
    if (after.client !== (before?.client ?? null)) {
      this.#configs.set(app, configOf(tests))
      for (const listener of this.#listeners.config) listener(app)
    }
    return after
  }

  #judgeMetric(record: MetricRecord): MetricState | AssayError {
    const metrics = this.metrics(record.app)
    const before = metrics.get(record.metric.name)
    if (before === undefined && metrics.size >= limits.metricsPerApp)
      return new AssayError('too-many-metrics', `Expected at most ${limits.metricsPerApp} metrics; a new one came.`)
    return stepMetric(before, record)
  }

  #applyMetric(record: MetricRecord): MetricState | AssayError {
    const after = this.#judgeMetric(record)
    if (after instanceof AssayError) return after
    const metrics: Metrics = this.#metrics.get(record.app) ?? new Map()
    this.#metrics.set(record.app, metrics.set(record.metric.name, after))
    return after
  }

  /** Metrics that a definition names must be there, so that no test is without what decides it. */
  #unnamed(record: TestRecord): AssayError | null {
    if (record.what !== 'define') return null
    const known = this.metrics(record.app)
    const missing = namesIn(record.definition).find((metric) => !known.has(metric))
    if (missing === undefined) return null
    return new AssayError('metric-not-found', `Expected metrics of the app, or whole ones; "${missing}" came.`)
  }

  #tooMany(tests: Tests | undefined): AssayError | null {
    if (tests === undefined && this.#apps.size >= limits.apps)
      return new AssayError('too-many-apps', `Expected one of ${limits.apps} apps with definitions; a new one came.`)
    const live = [...(tests?.values() ?? [])].filter(({ stage }) => stage !== 'archived').length
    if (live < limits.testsPerApp) return null
    return new AssayError('too-many-tests', `Expected at most ${limits.testsPerApp} defined tests; a new one came.`)
  }
}

const namesIn = ({ metrics, guardrails }: TestDefinition) =>
  [...metrics, ...guardrails].filter((metric) => typeof metric === 'string')

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
