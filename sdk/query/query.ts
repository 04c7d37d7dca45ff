import {
  type Ask,
  type ChangeOptions,
  jsonOf,
  type Operation,
  type QueryClientOptions,
  type Reply,
  type RequestOptions,
  type Send,
  senderOf,
} from './request.js'
import type { Operations } from './schema.js'

export { QueryError } from './error.js'
export type { ChangeOptions, QueryClientOptions, RequestOptions } from './request.js'
export type { Operations } from './schema.js'

const APP = '/v1/apps/{app}'
const TESTS = `${APP}/tests` as const
const TEST = `${TESTS}/{testId}` as const
const METRICS = `${APP}/metrics` as const
const METRIC = `${METRICS}/{name}` as const

/** The forms of rows, see `docs/export.md`. */
export type RowsFormat = 'csv' | 'ndjson' | 'parquet' | 'arrow'
type Plain<Asked> = Omit<Asked, 'format'> & { format?: 'json' | undefined }
type InRows<Asked> = Omit<Asked, 'format'> & { format: RowsFormat }
type Query<K extends Operation> = Operations[K]['query']
type Body<K extends Operation> = Operations[K]['body']

/** A read of a test: JSON, or with a `format` the response, whose body has the rows. */
interface TestRead<K extends Operation> {
  (app: string, testId: string, query: InRows<Query<K>>, options?: RequestOptions): Promise<Response>
  (app: string, testId: string, query?: Plain<Query<K>>, options?: RequestOptions): Promise<Reply<K>>
}

/** As `TestRead`, where the query cannot be left out. */
interface AskedRead<K extends Operation> {
  (app: string, testId: string, query: InRows<Query<K>>, options?: RequestOptions): Promise<Response>
  (app: string, testId: string, query: Plain<Query<K>>, options?: RequestOptions): Promise<Reply<K>>
}

type BreakdownKey = `GET ${typeof TEST}/breakdown`
type SqlKey = 'POST /v1/sql'
interface Sql {
  (question: InRows<Body<SqlKey>>, options?: RequestOptions): Promise<Response>
  (question: Plain<Body<SqlKey>>, options?: RequestOptions): Promise<Reply<SqlKey>>
}

/** What `results` gives: each metric of each branch, compared with the control. */
export type Results = Reply<`GET ${typeof TEST}/results`>
/** What `series` gives: an event by time, for each branch. */
export type Series = Reply<`GET ${typeof TEST}/series`>
/** What `define` takes, `docs/definitions.md` has its fields. */
export type TestDefinition = Body<`PUT ${typeof TEST}`>
/** What `defineMetric` takes, `docs/metrics.md` has its fields. */
export type MetricDefinition = Body<`PUT ${typeof METRIC}`>
/** What `createQueryClient` gives. */
export type QueryClient = ReturnType<typeof createQueryClient>

/** What was asked in a form of rows is the response itself. */
const isRows = (asked: object | undefined) => ((asked as { format?: string })?.format ?? 'json') !== 'json'

/** A client of the query API: one method for each operation. They reject with `QueryError`, or with what `fetch` throws. */
export function createQueryClient(options: QueryClientOptions) {
  const send = senderOf(options)
  const ask: Ask = async (...asked) => jsonOf(await send(...asked))
  return { ...readsOf(send, ask), ...definitionsOf(ask), ...metricsOf(ask) }
}

function readsOf(send: Send, ask: Ask) {
  const read =
    <K extends `GET ${typeof TEST}/${'results' | 'series' | 'users'}`>(operation: K) =>
    (app: string, testId: string, query?: Query<K>, options?: RequestOptions) =>
      (isRows(query) ? send : ask)(operation, { app, testId }, { query, ...options })
  const study =
    <K extends `GET ${typeof TEST}/${'effects' | 'breakdown' | 'novelty' | 'explain'}`>(operation: K) =>
    (app: string, testId: string, query?: Query<K>, options?: RequestOptions): Promise<Reply<K>> =>
      ask(operation, { app, testId }, { query, ...options })
  return {
    /** The apps that have sent events. */
    apps: (options?: RequestOptions) => ask('GET /v1/apps', {}, options),
    /** The tests of an app. */
    tests: (app: string, options?: RequestOptions) => ask(`GET ${TESTS}`, { app }, options),
    /** Is a branch better or worse. */
    results: read(`GET ${TEST}/results`) as TestRead<`GET ${typeof TEST}/results`>,
    /** Any event over time. */
    series: read(`GET ${TEST}/series`) as AskedRead<`GET ${typeof TEST}/series`>,
    /** A metric of each branch, and its effect, over time. */
    effects: study(`GET ${TEST}/effects`),
    /** Results of each value of a prop. */
    breakdown: study(`GET ${TEST}/breakdown`) as (
      ...asked: [app: string, testId: string, query: Query<BreakdownKey>, options?: RequestOptions]
    ) => Promise<Reply<BreakdownKey>>,
    /** A metric's effect by days since the exposure. */
    novelty: study(`GET ${TEST}/novelty`),
    /** A metric's result with the SQL and all numbers that it follows from. */
    explain: study(`GET ${TEST}/explain`),
    /** Each user of a test, and what they did since. As many rows as there are: best as rows. */
    users: read(`GET ${TEST}/users`) as TestRead<`GET ${typeof TEST}/users`>,
    /** How a canary is: of a test, else of the one that people mean. */
    canary: (app: string, query?: Query<`GET ${typeof APP}/canary`>, options?: RequestOptions) =>
      ask(`GET ${APP}/canary`, { app }, { query, ...options }),
    /** A question in SQL, where that is on. */
    sql: ((body: Body<SqlKey>, options?: RequestOptions) =>
      (isRows(body) ? send : ask)('POST /v1/sql', {}, { body, ...options })) as Sql,
    /** How far an import is counted. */
    imported: (app: string, digest: string, options?: RequestOptions) =>
      ask(`GET ${APP}/imports/{digest}`, { app, digest }, options),
  }
}

function definitionsOf(ask: Ask) {
  const change =
    <K extends `POST ${typeof TEST}/${'start' | 'stop' | 'archive'}`>(operation: K) =>
    (app: string, testId: string, body?: Body<K>, options?: ChangeOptions): Promise<Reply<K>> =>
      ask(operation, { app, testId }, { body: body ?? {}, ...options })
  return {
    /** The definition of a test. */
    definition: (app: string, testId: string, options?: RequestOptions) =>
      ask(`GET ${TEST}/definition`, { app, testId }, options),
    /** Who changed a test, when and why. */
    history: (app: string, testId: string, options?: RequestOptions) =>
      ask(`GET ${TEST}/history`, { app, testId }, options),
    /** Defines a test, or changes its definition. */
    define: (app: string, testId: string, body: TestDefinition, options?: ChangeOptions) =>
      ask(`PUT ${TEST}`, { app, testId }, { body, ...options }),
    /** Starts a test, or starts it again. */
    start: change(`POST ${TEST}/start`),
    /** Stops a test, and ships a branch of it. */
    stop: change(`POST ${TEST}/stop`),
    /** Puts a test away for good. */
    archive: change(`POST ${TEST}/archive`),
    /** Takes a step of a rollout. */
    rollout: (app: string, testId: string, body: Body<`POST ${typeof TEST}/rollout`>, options?: ChangeOptions) =>
      ask(`POST ${TEST}/rollout`, { app, testId }, { body, ...options }),
    /** Makes a test the app's current one. */
    makeCurrent: (
      app: string,
      testId: string,
      body: Body<`POST ${typeof TEST}/current`> = {},
      options?: RequestOptions,
    ) => ask(`POST ${TEST}/current`, { app, testId }, { body, ...options }),
  }
}

function metricsOf(ask: Ask) {
  return {
    /** The metrics of an app, and the tests that name them. */
    metrics: (app: string, options?: RequestOptions) => ask(`GET ${METRICS}`, { app }, options),
    /** A metric of an app. */
    metric: (app: string, name: string, options?: RequestOptions) => ask(`GET ${METRIC}`, { app, name }, options),
    /** Who changed a metric, when and why. */
    metricHistory: (app: string, name: string, options?: RequestOptions) =>
      ask(`GET ${METRIC}/history`, { app, name }, options),
    /** Defines a metric of an app, or changes it. */
    defineMetric: (app: string, name: string, body: MetricDefinition, options?: ChangeOptions) =>
      ask(`PUT ${METRIC}`, { app, name }, { body, ...options }),
  }
}
