import type { ControlFollower } from '@assay/core/control/follower'
import { requireKey } from '@assay/core/keys'
import type { Log } from '@assay/core/log/log'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { effectsReply } from './analysis/effects-reply.js'
import { resultsReply } from './analysis/reply.js'
import { listApps, listTests } from './apps.js'
import { describeRoute } from './describe-route.js'
import { formatOf, inFormats } from './export/format.js'
import { type LongReads, longReadsOf } from './export/long-reads.js'
import { closingOf, sendRows } from './export/reply.js'
import { resultsColumns, resultsRows } from './export/results-rows.js'
import { serveUsers } from './export/routes.js'
import { writeRows } from './export/rows.js'
import { seriesColumns, seriesRows } from './export/series-rows.js'
import { isImported, readImport } from './imports.js'
import { parseInstant } from './instant.js'
import { KnownPoints } from './known-points.js'
import * as queries from './queries.js'
import type { QueryApiOptions } from './query-api.js'
import { type Reads, readsOf } from './reads.js'
import * as replies from './schemas.js'
import { readSeries } from './series.js'
import { serveSql } from './sql.js'
import { tail } from './tail.js'
import { TimeZone } from './time-zone.js'

const UTC = new TimeZone('UTC')

/** Every address that needs a read key. */
export async function routes(server: FastifyInstance, options: QueryApiOptions) {
  const { store, log, keys, control, clock = Date.now } = options
  const check = requireKey(keys, ['read'])
  server.addHook('onRequest', async (request, reply) => {
    check(request.headers, request.query)
    reply.header('cache-control', 'no-store')
  })
  const api = typed(server)
  const reads = readsOf(store)
  serveCatalog(api, reads, control)
  const long = longReadsOf(store)
  serveResults(api, reads, long, control)
  serveSeries(api, reads, long, clock)
  serveEffects(api, reads, control, clock)
  const closing = closingOf(server)
  serveUsers(api, reads, long, closing)
  serveSql(api, store.analyst, closing)
  serveTail(api, log, closing)
}

const typed = (server: FastifyInstance) => server.withTypeProvider<ZodTypeProvider>()
export type Api = ReturnType<typeof typed>

function serveCatalog(api: Api, reads: Reads, control: ControlFollower): void {
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
  api.get('/v1/apps/:app/tests', { schema: tests }, ({ params }) => listTests(reads, control.definitions, params.app))

  const imported = describeRoute('How far an import is counted', {
    params: queries.importParams,
    querystring: queries.noQuery,
    response: { 200: replies.importReply },
  })
  api.get('/v1/apps/:app/imports/:digest', { schema: imported }, ({ params }) =>
    readImport(reads, params.app, params.digest),
  )
}

function serveResults(api: Api, reads: Reads, long: LongReads, control: ControlFollower): void {
  const schema = describeRoute('Is a branch better or worse', {
    params: queries.testParams,
    querystring: queries.resultsQuery,
    response: { 200: inFormats(resultsReply) },
  })
  api.get('/v1/apps/:app/tests/:testId/results', { schema }, async ({ params, query, headers }, reply) => {
    const asOf = query.asOf === undefined ? undefined : parseInstant(query.asOf, UTC)!
    const { control: askedControl, bayes } = query
    // With the statistics, whose loading takes a third of a start: whoever only sends events does without.
    const { readResults } = await import('./analysis/read-results.js')
    const results = await readResults(reads, control.definitions, { ...params, control: askedControl, bayes, asOf })
    const format = formatOf(query.format, headers.accept)
    if (format === 'json') return results
    const file = await writeRows(long, resultsColumns, resultsRows(results), format)
    return sendRows(reply, file, format, [params.app, params.testId, 'results'])
  })
}

function serveSeries(api: Api, reads: Reads, long: LongReads, clock: () => number): void {
  const schema = describeRoute('Any event over time', {
    params: queries.testParams,
    querystring: queries.seriesQuery,
    response: { 200: inFormats(replies.seriesReply) },
  })
  const known = new KnownPoints()
  api.get('/v1/apps/:app/tests/:testId/series', { schema }, async ({ params, query, headers }, reply) => {
    const series = await readSeries(reads, known, params.app, params.testId, query, clock())
    const format = formatOf(query.format, headers.accept)
    if (format === 'json') return series
    const file = await writeRows(long, seriesColumns, seriesRows(series), format)
    return sendRows(reply, file, format, [params.app, params.testId, query.event])
  })
}

function serveEffects(api: Api, reads: Reads, control: ControlFollower, clock: () => number): void {
  const schema = describeRoute('A metric of each branch, and its effect, over time', {
    params: queries.testParams,
    querystring: queries.effectsQuery,
    response: { 200: effectsReply },
  })
  api.get('/v1/apps/:app/tests/:testId/effects', { schema }, async ({ params: { app, testId }, query }) => {
    const imported = await isImported(reads, app, testId)
    const { readEffects } = await import('./analysis/effects.js')
    return readEffects(reads, control.definitions, { app, testId, imported }, query, clock())
  })
}

function serveTail(api: Api, log: Log, closing: AbortSignal): void {
  const schema = describeRoute('Live events, as server-sent events', {
    params: queries.appParams,
    querystring: queries.noQuery,
    response: { 200: replies.tailReply },
  })
  api.get('/v1/apps/:app/tail', { schema, exposeHeadRoute: false }, ({ params }, reply) =>
    tail(reply, log, params.app, closing),
  )
}
