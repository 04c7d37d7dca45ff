import { AssayError } from '@assay/core/errors'
import { problemReply, toAssayError } from '@assay/core/http'
import { type Keys, requireKey } from '@assay/core/keys'
import type { Log } from '@assay/core/log/log'
import type { Store } from '@assay/core/store/store'
import type { FastifyError, FastifyInstance } from 'fastify'
import {
  hasZodFastifySchemaValidationErrors,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import { listApps, listTests } from './apps.js'
import { readImport } from './imports.js'
import { serveDocument } from './openapi.js'
import { resultsOf } from './results.js'
import * as schemas from './schemas.js'
import { readSeries } from './series.js'
import { readSnapshot } from './snapshot.js'
import { tail } from './tail.js'

export interface QueryApiOptions {
  store: Store
  log: Log
  keys: Keys
  clock?: () => number
  /** OpenAPI paths that other plugins of the server answer. */
  paths?: Record<string, object>
}

/** The fastify plugin: `server.register(queryApi, options)`. */
export async function queryApi(server: FastifyInstance, options: QueryApiOptions): Promise<void> {
  server.setValidatorCompiler(validatorCompiler)
  server.setSerializerCompiler(serializerCompiler)
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const known = hasZodFastifySchemaValidationErrors(error) ? invalid(error) : error
    if (toAssayError(known) === null) request.log.error(error)
    const { status, headers, body } = problemReply(known)
    return reply.code(status).headers(headers).send(body)
  })
  await serveDocument(server, options.paths ?? {})
  await server.register(async (scope) => serveReads(scope, options))
}

function serveReads(server: FastifyInstance, { store, log, keys, clock = Date.now }: QueryApiOptions): void {
  const api = server.withTypeProvider<ZodTypeProvider>()
  const closing = new AbortController()
  server.addHook('preClose', async () => closing.abort())
  const check = requireKey(keys, ['read'])
  server.addHook('onRequest', async (request) => void check(request.headers, request.query))
  const { appParams, testParams, importParams } = schemas

  api.get(
    '/v1/apps',
    { schema: reads('The apps that have sent events', { response: { 200: schemas.appsReply } }) },
    () => listApps(store),
  )

  api.get(
    '/v1/apps/:app/tests',
    { schema: reads('The tests of an app', { params: appParams, response: { 200: schemas.testsReply } }) },
    ({ params }) => listTests(store, params.app),
  )

  api.get(
    '/v1/apps/:app/tests/:testId/results',
    {
      schema: reads('Is a branch better or worse', {
        params: testParams,
        querystring: schemas.resultsQuery,
        response: { 200: schemas.resultsReply },
      }),
    },
    async ({ params, query }) => {
      const rows = await readSnapshot(store, params.app, params.testId, query.asOf)
      return resultsOf(params.app, params.testId, rows, query.control)
    },
  )

  api.get(
    '/v1/apps/:app/tests/:testId/series',
    {
      schema: reads('Any event over time', {
        params: testParams,
        querystring: schemas.seriesQuery,
        response: { 200: schemas.seriesReply },
      }),
    },
    ({ params, query }) => readSeries(store, params.app, params.testId, query, clock()),
  )

  api.get(
    '/v1/apps/:app/imports/:digest',
    { schema: reads('How far an import is counted', { params: importParams, response: { 200: schemas.importReply } }) },
    ({ params }) => readImport(store, params.app, params.digest),
  )

  api.get(
    '/v1/apps/:app/tail',
    { schema: reads('Live events, as server-sent events', { params: appParams }) },
    ({ params }, reply) => {
      tail(reply, log, params.app, closing.signal)
    },
  )
}

function reads<Schema extends object>(summary: string, schema: Schema): Schema & { summary: string; tags: string[] } {
  return { summary, tags: ['query'], ...schema }
}

/** Says which parameter, what was expected and what came. */
function invalid(error: {
  validation: { instancePath: string; message?: string }[]
  validationContext?: unknown
}): AssayError {
  const [first] = error.validation
  const name = first?.instancePath.replace(/^\//, '') || String(error.validationContext ?? 'query')
  return new AssayError('query-invalid', `${name}: ${first?.message ?? 'not valid'}.`.slice(0, 300))
}
