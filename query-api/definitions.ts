import type { ControlFollower } from '@assay/core/control/follower'
import type { TestState } from '@assay/core/control/test-state'
import { AssayError } from '@assay/core/errors'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { rolloutOf, serveSteps } from './canary/steps.js'
import { Changes, type Test } from './changes.js'
import { describeRoute } from './describe-route.js'
import { etagOf } from './etag.js'
import { type Api, BODY_LIMIT, guarded } from './guarded.js'
import * as queries from './queries.js'
import type { QueryApiOptions } from './query-api.js'
import * as replies from './schemas.js'
import { shown } from './validate.js'

type Options = Pick<QueryApiOptions, 'control' | 'keys' | 'clock'>

/** Definitions of tests: read with a read key, changed with the admin key. */
export async function definitionRoutes(server: FastifyInstance, { control, keys, clock = Date.now }: Options) {
  await server.register(async (scope) => serveReads(guarded(scope, keys, ['read']), control))
  await server.register(async (scope) => {
    const changes = new Changes(control, clock)
    const api = guarded(scope, keys, [])
    serveWrites(api, changes)
    serveCurrent(api, changes)
    serveSteps(api, changes)
  })
}

const TEST = '/v1/apps/:app/tests/:testId'
const asked = { params: queries.testParams, querystring: queries.noQuery }

function serveReads(api: Api, control: ControlFollower): void {
  const found = async ({ app, testId }: Test) => {
    const test = await control.current(app, testId)
    if (test) return test
    throw new AssayError('test-not-found', `Expected a test of ${shown(app)} that is defined; ${shown(testId)} came.`)
  }
  const one = describeRoute('The definition of a test', { ...asked, response: { 200: replies.definitionReply } })
  api.get(`${TEST}/definition`, { schema: one }, async ({ params }, reply) => {
    const { definition, phase, ship, ...test } = await found(params)
    const current = control.definitions.currentTest(params.app) === params.testId || undefined
    return { ...changed(reply, params, test), current, phase, ship, rollout: rolloutOf(test), definition }
  })
  const all = describeRoute('Who changed a test, when and why', { ...asked, response: { 200: replies.historyReply } })
  api.get(`${TEST}/history`, { schema: all }, async ({ params }) => {
    const { history } = await found(params)
    let version = 0
    const told = history.map((record) => {
      if (record.what !== 'current') version = record.expects + 1
      return { ...record, version, at: new Date(record.at).toISOString() }
    })
    return { ...params, history: told }
  })
}

function serveWrites(api: Api, changes: Changes): void {
  const address = { params: queries.definedParams, querystring: queries.noQuery, headers: queries.matchHeaders }

  const define = describeRoute('Define a test, or change its definition', {
    ...address,
    body: queries.defineBody,
    response: { 200: replies.changedReply, 201: replies.changedReply },
  })
  api.put(TEST, { schema: define, bodyLimit: BODY_LIMIT }, async ({ params, headers, body }, reply) => {
    const { why, ...definition } = body
    const after = await changes.change(params, headers['if-match'], { what: 'define', why, definition })
    reply.code(after.version === 1 ? 201 : 200)
    return changed(reply, params, after)
  })

  const step = (
    what: 'start' | 'stop' | 'archive',
    summary: string,
    body: typeof queries.changeBody | typeof queries.stopBody,
  ) => {
    const schema = describeRoute(summary, { ...address, body, response: { 200: replies.changedReply } })
    api.post(`${TEST}/${what}`, { schema }, async ({ params, headers, body }, reply) =>
      changed(reply, params, await changes.change(params, headers['if-match'], { what, ...body })),
    )
  }
  step('start', 'Start a test, or start it again', queries.changeBody)
  step('stop', 'Stop a test, and ship a branch of it', queries.stopBody)
  step('archive', 'Put a test away for good', queries.changeBody)
}

/** Which test of an app is its current one: it is of no version, and takes no `If-Match`. */
function serveCurrent(api: Api, changes: Changes): void {
  const make = describeRoute('Make a test the app’s current one', {
    params: queries.definedParams,
    querystring: queries.noQuery,
    body: queries.changeBody,
    response: { 200: replies.currentReply },
  })
  api.post(`${TEST}/current`, { schema: make }, async ({ params, body }, reply) => ({
    ...changed(reply, params, await changes.makeCurrent(params, body.why)),
    current: true as const,
  }))

  const begin = describeRoute('Make a test that runs with equal weights, and is the app’s current one', {
    params: queries.definedParams,
    querystring: queries.newTestQuery,
    response: { 200: replies.currentReply, 201: replies.currentReply },
  })
  // A HEAD would make one as well.
  const options = { schema: begin, exposeHeadRoute: false }
  api.route({
    method: ['GET', 'POST'],
    url: '/_newtest/:app/:testId',
    ...options,
    handler: async ({ params, query }, reply) => {
      const { isNew, state } = await changes.newTest(params, query.branches)
      reply.code(isNew ? 201 : 200)
      return { ...changed(reply, params, state), current: true as const }
    },
  })
}

function changed(reply: FastifyReply, { app, testId }: Test, { version, stage }: Pick<TestState, 'version' | 'stage'>) {
  reply.header('etag', etagOf(version))
  return { app, testId, version, stage }
}
