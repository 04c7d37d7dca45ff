import type { ControlFollower } from '@assay/core/control/follower'
import type { TestRecord } from '@assay/core/control/record'
import type { TestState } from '@assay/core/control/test-state'
import { AssayError } from '@assay/core/errors'
import { newEventId } from '@assay/core/event'
import { type KeyKind, type Keys, requireKey } from '@assay/core/keys'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { describeRoute } from './describe-route.js'
import { etagOf, versionOf } from './etag.js'
import * as queries from './queries.js'
import type { QueryApiOptions } from './query-api.js'
import * as replies from './schemas.js'
import { shown } from './validate.js'

type Options = Pick<QueryApiOptions, 'control' | 'keys' | 'clock'>

/** Definitions of tests: read with a read key, changed with the admin key. */
export async function definitionRoutes(server: FastifyInstance, { control, keys, clock = Date.now }: Options) {
  await server.register(async (scope) => serveReads(guarded(scope, keys, ['read']), control))
  await server.register(async (scope) => serveWrites(guarded(scope, keys, []), control, clock))
}

function guarded(server: FastifyInstance, keys: Keys, allowed: readonly KeyKind[]) {
  const check = requireKey(keys, allowed)
  server.addHook('onRequest', async (request, reply) => {
    check(request.headers, request.query)
    reply.header('cache-control', 'no-store')
  })
  return server.withTypeProvider<ZodTypeProvider>()
}
type Api = ReturnType<typeof guarded>

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
    return { ...changed(reply, params, test), phase, ship, definition }
  })
  const all = describeRoute('Who changed a test, when and why', { ...asked, response: { 200: replies.historyReply } })
  api.get(`${TEST}/history`, { schema: all }, async ({ params }) => {
    const { history } = await found(params)
    return { ...params, history: history.map((record) => ({ ...record, ...seen(record) })) }
  })
}

const seen = ({ at, expects }: TestRecord) => ({ version: expects + 1, at: new Date(at).toISOString() })

type Test = Pick<TestRecord, 'app' | 'testId'>

/** What a record is about, before it is known who and when. */
type Change =
  | Pick<Extract<TestRecord, { what: 'define' }>, 'what' | 'why' | 'definition'>
  | Pick<Extract<TestRecord, { what: 'stop' }>, 'what' | 'why' | 'ship'>
  | Pick<Extract<TestRecord, { what: 'start' | 'archive' }>, 'what' | 'why'>

function serveWrites(api: Api, control: ControlFollower, clock: () => number): void {
  /** Without `If-Match` it is the test as it is now that changes, or one that is not there. */
  const change = async (test: Test, match: string | undefined, change: Change): Promise<TestState> => {
    const current = (await control.current(test.app, test.testId))?.version ?? 0
    const expects = match !== undefined ? versionOf(match, current) : change.what === 'define' ? 0 : current
    return control.write({ id: newEventId(), at: clock(), by: 'admin', ...test, expects, ...change })
  }
  const address = { params: queries.definedParams, querystring: queries.noQuery, headers: queries.matchHeaders }

  const define = describeRoute('Define a test, or change its definition', {
    ...address,
    body: queries.defineBody,
    response: { 200: replies.changedReply, 201: replies.changedReply },
  })
  api.put(TEST, { schema: define, bodyLimit: BODY_LIMIT }, async ({ params, headers, body }, reply) => {
    const { why, ...definition } = body
    const after = await change(params, headers['if-match'], { what: 'define', why, definition })
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
      changed(reply, params, await change(params, headers['if-match'], { what, ...body })),
    )
  }
  step('start', 'Start a test, or start it again', queries.changeBody)
  step('stop', 'Stop a test, and ship a branch of it', queries.stopBody)
  step('archive', 'Put a test away for good', queries.changeBody)
}

/** Bytes of a definition: the most branches and metrics with the longest names, and much targeting. */
const BODY_LIMIT = 256 * 1024

function changed(reply: FastifyReply, { app, testId }: Test, { version, stage }: Pick<TestState, 'version' | 'stage'>) {
  reply.header('etag', etagOf(version))
  return { app, testId, version, stage }
}
