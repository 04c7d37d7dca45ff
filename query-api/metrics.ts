import type { ControlFollower } from '@assay/core/control/follower'
import type { MetricState } from '@assay/core/control/metric-state'
import type { TestState } from '@assay/core/control/test-state'
import { AssayError } from '@assay/core/errors'
import type { FastifyInstance } from 'fastify'
import { requireApp } from './apps.js'
import { Changes } from './changes.js'
import { describeRoute } from './describe-route.js'
import { etagOf } from './etag.js'
import { type Api, BODY_LIMIT, guarded } from './guarded.js'
import * as queries from './queries.js'
import type { QueryApiOptions } from './query-api.js'
import { type Reads, readsOf } from './reads.js'
import * as replies from './schemas.js'
import { shown } from './validate.js'

type Options = Pick<QueryApiOptions, 'store' | 'control' | 'keys' | 'clock'>

/** Metrics of an app, which its tests name: read with a read key, changed with the admin key. */
export async function metricRoutes(server: FastifyInstance, { store, control, keys, clock = Date.now }: Options) {
  await server.register(async (scope) => serveReads(guarded(scope, keys, ['read']), readsOf(store), control))
  await server.register(async (scope) => serveWrite(guarded(scope, keys, []), new Changes(control, clock)))
}

const METRICS = '/v1/apps/:app/metrics'
const METRIC = `${METRICS}/:name`

function serveReads(api: Api, reads: Reads, control: ControlFollower): void {
  const querystring = queries.noQuery
  const all = describeRoute('The metrics of an app, and the tests that name them', {
    params: queries.appParams,
    querystring,
    response: { 200: replies.metricsReply },
  })
  api.get(METRICS, { schema: all }, async ({ params: { app } }) => {
    const definitions = await control.latest()
    if (!definitions.has(app)) await requireApp(reads, app)
    const tests = definitions.tests(app)
    const sorted = [...definitions.metrics(app)].sort(([a], [b]) => (a < b ? -1 : 1))
    return { app, metrics: sorted.map(([name, metric]) => described(name, metric, tests)) }
  })

  const asked = { params: queries.metricParams, querystring }
  const one = describeRoute('A metric of an app', { ...asked, response: { 200: replies.metricReply } })
  api.get(METRIC, { schema: one }, async ({ params: { app, name } }, reply) => {
    const metric = await found(control, app, name)
    reply.header('etag', etagOf(metric.version))
    return { app, ...described(name, metric, control.definitions.tests(app)) }
  })

  const past = describeRoute('Who changed a metric, when and why', {
    ...asked,
    response: { 200: replies.metricHistoryReply },
  })
  api.get(`${METRIC}/history`, { schema: past }, async ({ params: { app, name } }) => {
    const { history } = await found(control, app, name)
    const told = history.map(({ at, by, why, expects, metric }) => ({
      ...{ version: expects + 1, at: new Date(at).toISOString(), by, why },
      definition: metric,
    }))
    return { app, name, history: told }
  })
}

function serveWrite(api: Api, changes: Changes): void {
  const schema = describeRoute('Define a metric of an app, or change it', {
    params: queries.definedMetricParams,
    querystring: queries.noQuery,
    headers: queries.matchHeaders,
    body: queries.metricBody,
    response: { 200: replies.metricChangedReply, 201: replies.metricChangedReply },
  })
  api.put(METRIC, { schema, bodyLimit: BODY_LIMIT }, async ({ params: { app, name }, headers, body }, reply) => {
    const { why, ...metric } = body
    if (metric.name !== undefined && metric.name !== name)
      throw new AssayError(
        'definition-invalid',
        `name: must be ${shown(name)} as in the address, or left out; ${shown(metric.name)} came.`,
      )
    const { version } = await changes.setMetric(app, { ...metric, name }, headers['if-match'], why)
    reply.code(version === 1 ? 201 : 200).header('etag', etagOf(version))
    return { app, name, version }
  })
}

/** @throws AssayError `metric-not-found` */
async function found(control: ControlFollower, app: string, name: string): Promise<MetricState> {
  const metric = (await control.latest()).metrics(app).get(name)
  if (metric !== undefined) return metric
  throw new AssayError('metric-not-found', `Expected a metric of ${shown(app)}; ${shown(name)} came.`)
}

function described(name: string, { version, definition }: MetricState, tests: ReadonlyMap<string, TestState>) {
  const users = [...tests]
    .filter(([, { definition: d }]) => d.metrics.includes(name) || d.guardrails.includes(name))
    .map(([testId, { stage }]) => ({ testId, stage }))
    .sort((a, b) => (a.testId < b.testId ? -1 : 1))
  return { name, version, tests: users, definition }
}
