import type { TestDefinition } from '../definition/test.js'
import { AssayError } from '../errors.js'
import { limits } from '../event.js'
import { type MetricState, stepMetric } from './metric-state.js'
import type { ControlRecord, LeadRecord, MetricRecord, RolloutRecord, TestRecord } from './record.js'
import { step, type TestState } from './test-state.js'

/** Characters of what clients see of an app: they take 2,000,000. */
const CONFIG_SIZE = 1_500_000

type Tests = ReadonlyMap<string, TestState>
type Metrics = ReadonlyMap<string, MetricState>

interface App {
  tests: Map<string, TestState>
  metrics: Map<string, MetricState>
  /** The id of its current test. */
  current: string | undefined
  /** JSON of what clients see. */
  config: string
}

const nothing = (): App => ({ tests: new Map(), metrics: new Map(), current: undefined, config: '{"tests":{}}' })
const NOTHING = nothing()

/** What one record makes. */
export type Outcome<R extends ControlRecord> = R extends MetricRecord
  ? MetricState
  : R extends LeadRecord
    ? Leader
    : TestState

/** The controller that leads: its steps are taken, those of earlier ones are not. */
export interface Leader {
  /** Its epoch. */
  version: number
}

/** What all records of the topic `assay.control` come to, app by app and test by test. */
export class Definitions {
  readonly #apps = new Map<string, App>()
  #epoch = 0
  readonly #listeners = { config: new Set<(app: string) => void>(), any: new Set<(app: string) => void>() }

  test(app: string, testId: string): TestState | undefined {
    return this.tests(app).get(testId)
  }

  /** All tests of an app, by their ids. */
  tests(app: string): Tests {
    return this.#app(app).tests
  }

  /** The metrics that an app's tests may name, by their names. */
  metrics(app: string): Metrics {
    return this.#app(app).metrics
  }

  /** The id of the app's current test: which one people look at, of those that stand. */
  currentTest(app: string): string | undefined {
    return this.#app(app).current
  }

  /** All that have definitions. */
  get apps(): Iterable<string> {
    return this.#apps.keys()
  }

  has(app: string): boolean {
    return this.#apps.has(app)
  }

  /** What clients see of an app, as JSON: `{"tests":{testId: ClientTest},"current":testId}`. */
  config(app: string): string {
    return this.#app(app).config
  }

  /** Of the controller that leads; 0 before the first. */
  get epoch(): number {
    return this.#epoch
  }

  /** Calls with the app whose config has changed; or of which anything has. @returns what ends that */
  onChange(listener: (app: string) => void, what: 'config' | 'any' = 'config'): () => void {
    this.#listeners[what].add(listener)
    return () => this.#listeners[what].delete(listener)
  }

  /** What a record would change, or why it would not. */
  judge<R extends ControlRecord>(record: R): Outcome<R> | AssayError
  judge(record: ControlRecord): TestState | MetricState | Leader | AssayError {
    if (record.what === 'lead') return judgeLead(this.#epoch, record)
    const isNewApp = !this.has(record.app) && this.#apps.size >= limits.apps
    if (isNewApp)
      return new AssayError('too-many-apps', `Expected one of ${limits.apps} apps with definitions; a new one came.`)
    const app = this.#app(record.app)
    if (record.what === 'rollout' && isReplaced(this.#epoch, record))
      return new AssayError(
        'version-mismatch',
        `Expected a step by the controller of epoch ${this.#epoch}; one of ${record.epoch} came.`,
      )
    return record.what === 'metric' ? judgeMetric(app, record) : judgeTest(app, record)
  }

  apply<R extends ControlRecord>(record: R): Outcome<R> | AssayError
  apply(record: ControlRecord): TestState | MetricState | Leader | AssayError {
    const after = this.judge(record)
    if (after instanceof AssayError) return after
    if (record.what === 'lead') {
      this.#epoch = record.epoch
      return after
    }
    const app = this.#apps.get(record.app) ?? nothing()
    this.#apps.set(record.app, app)
    const { config } = app
    if (record.what === 'metric') app.metrics.set(record.metric.name, after as MetricState)
    else applyTest(app, record, after as TestState)
    for (const listener of this.#listeners.any) listener(record.app)
    if (config !== app.config) for (const listener of this.#listeners.config) listener(record.app)
    return after
  }

  #app(app: string): App {
    return this.#apps.get(app) ?? NOTHING
  }
}

function judgeLead(epoch: number, record: LeadRecord): Leader | AssayError {
  if (record.epoch === epoch + 1) return { version: record.epoch }
  return new AssayError('version-mismatch', `Expected epoch ${epoch + 1}; ${record.epoch} came.`)
}

/** People are of no epoch: what they want goes by the version alone. */
const isReplaced = (epoch: number, record: RolloutRecord) => record.epoch !== undefined && record.epoch !== epoch

function judgeTest({ tests, metrics }: App, record: TestRecord): TestState | AssayError {
  const before = tests.get(record.testId)
  const after = step(before, record)
  if (after instanceof AssayError) return after
  const tooMany = before === undefined ? tooManyTests(tests) : null
  return tooMany ?? tooLarge(tests, before, after) ?? unnamed(metrics, record) ?? after
}

function applyTest(app: App, record: TestRecord, after: TestState): void {
  const { testId } = record
  const current = currentAfter(app.current, record)
  const isSame = after.client === (app.tests.get(testId)?.client ?? null) && current === app.current
  app.tests.set(testId, after)
  app.current = current
  if (!isSame) app.config = configOf(app.tests, current)
}

function judgeMetric({ metrics }: App, record: MetricRecord): MetricState | AssayError {
  const before = metrics.get(record.metric.name)
  if (before === undefined && metrics.size >= limits.metricsPerApp)
    return new AssayError('too-many-metrics', `Expected at most ${limits.metricsPerApp} metrics; a new one came.`)
  return stepMetric(before, record)
}

/** Metrics that a definition names must be there, so that no test is without what decides it. */
function unnamed(metrics: Metrics, record: TestRecord): AssayError | null {
  if (record.what !== 'define') return null
  const missing = namesIn(record.definition).find((metric) => !metrics.has(metric))
  if (missing === undefined) return null
  return new AssayError('metric-not-found', `Expected metrics of the app, or whole ones; "${missing}" came.`)
}

const namesIn = ({ metrics, guardrails }: TestDefinition) =>
  [...metrics, ...guardrails].filter((metric) => typeof metric === 'string')

/** Another one, if the record says so; none, if it puts that test away. */
function currentAfter(before: string | undefined, { what, testId }: TestRecord): string | undefined {
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

function tooManyTests(tests: Tests): AssayError | null {
  const live = [...tests.values()].filter(({ stage }) => stage !== 'archived').length
  if (live < limits.testsPerApp) return null
  return new AssayError('too-many-tests', `Expected at most ${limits.testsPerApp} defined tests; a new one came.`)
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
