import { requireKey } from '@assay/core/keys'
import type { Log } from '@assay/core/log/log'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { listApps, listTests } from './apps.js'
import { describeRoute } from './describe-route.js'
import { isImported, readImport } from './imports.js'
import { parseInstant } from './instant.js'
import * as queries from './queries.js'
import type { QueryApiOptions } from './query-api.js'
import { type Reads, readsOf } from './reads.js'
import * as replies from './schemas.js'
import { readSeries } from './series.js'
import { readSnapshot } from './snapshot.js'
import { tail } from './tail.js'
import { TimeZone } from './time-zone.js'

const UTC = new TimeZone('UTC')

/** Every address that needs a read key. */
export async function routes(server: FastifyInstance, { store, log, keys, clock = Date.now }: QueryApiOptions) {
  const check = requireKey(keys, ['read'])
  server.addHook('onRequest', async (request, reply) => {
    check(request.headers, request.query)
    reply.header('cache-control', 'no-store')
  })
  const api = typed(server)
  const reads = readsOf(store)
  serveCatalog(api, reads)
  serveResults(api, reads)
  serveSeries(api, reads, clock)
  serveTail(api, log)
}

const typed = (server: FastifyInstance) => server.withTypeProvider<ZodTypeProvider>()
type Api = ReturnType<typeof typed>

function serveCatalog(api: Api, reads: Reads): void {
  const apps = describeRoute('The apps that have sent events', {
    querystring: queries.noQuery,
    response: { 200: replies.appsReply },
  })
  api.get('/v1/apps', { schema: apps }, () => listApps(reads))

  const tests = describeRoute('The tests of an app', {
    params: queries.appParams,
    querystring: queries.noQuery,
    response: { 200: replies.testsReply },
  })
  api.get('/v1/apps/:app/tests', { schema: tests }, ({ params }) => listTests(reads, params.app))

  const imported = describeRoute('How far an import is counted', {
    params: queries.importParams,
    querystring: queries.noQuery,
    response: { 200: replies.importReply },
  })
  api.get('/v1/apps/:app/imports/:digest', { schema: imported }, ({ params }) =>
    readImport(reads, params.app, params.digest),
  )
}

function serveResults(api: Api, reads: Reads): void {
  const schema = describeRoute('Is a branch better or worse', {
    params: queries.testParams,
    querystring: queries.resultsQuery,
    response: { 200: replies.resultsReply },
  })
  api.get('/v1/apps/:app/tests/:testId/results', { schema }, async ({ params, query }) => {
    const asOf = query.asOf === undefined ? undefined : parseInstant(query.asOf, UTC)!
    const rows = await readSnapshot(reads, params.app, params.testId, asOf)
    const imported = await isImported(reads, params.app, params.testId)
    // With the statistics, whose loading takes a third of a start: whoever only sends events does without.
    const { resultsOf } = await import('./results.js')
    return resultsOf({ ...params, imported }, rows, query.control)
  })
}

function serveSeries(api: Api, reads: Reads, clock: () => number): void {
  const schema = describeRoute('Any event over time', {
    params: queries.testParams,
    querystring: queries.seriesQuery,
    response: { 200: replies.seriesReply },
  })
  api.get('/v1/apps/:app/tests/:testId/series', { schema }, ({ params, query }) =>
    readSeries(reads, params.app, params.testId, query, clock()),
  )
}

function serveTail(api: Api, log: Log): void {
  const schema = describeRoute('Live events, as server-sent events', {
    params: queries.appParams,
    querystring: queries.noQuery,
    response: { 200: replies.tailReply },
  })
  const closing = new AbortController()
  api.addHook('preClose', async () => closing.abort())
  api.get('/v1/apps/:app/tail', { schema, exposeHeadRoute: false }, ({ params }, reply) =>
    tail(reply, log, params.app, closing.signal),
  )
}
