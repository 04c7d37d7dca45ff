import type { ControlFollower } from '@assay/core/control/follower'
import type { Log } from '@assay/core/log/log'
import type { FastifyInstance } from 'fastify'
import { effectsReply } from './analysis/effects-reply.js'
import { serveResults } from './analysis/routes.js'
import { listApps, listTests } from './apps.js'
import { serveCanaries } from './canary/routes.js'
import { describeRoute } from './describe-route.js'
import { formatOf, inFormats } from './export/format.js'
import { type LongReads, longReadsOf } from './export/long-reads.js'
import { closingOf, sendRows } from './export/reply.js'
import { serveUsers } from './export/routes.js'
import { writeRows } from './export/rows.js'
import { seriesColumns, seriesRows } from './export/series-rows.js'
import { turnsOf } from './export/turns.js'
import { type Api, guarded } from './guarded.js'
import { isImported, readImport } from './imports.js'
import { KnownPoints } from './known-points.js'
import * as queries from './queries.js'
import type { QueryApiOptions } from './query-api.js'
import { type Reads, readsOf } from './reads.js'
import * as replies from './schemas.js'
import { readSeries } from './series.js'
import { serveSql } from './sql.js'
import { serveStudies } from './study/routes.js'
import { tail } from './tail.js'

/** Answers worked out of the tables, and exports of users, under way at once: each takes a core and, until it is sent, its size on disk. */
const MOST_LONG = 2

/** The one read of several apps at once: a key of one app is told of that alone. */
export async function appsRoute(server: FastifyInstance, { store, keys }: QueryApiOptions) {
  const api = guarded(server, keys, ['read'], { limitsItself: true })
  const reads = readsOf(store)
  const schema = describeRoute('The apps that have sent events', {
    querystring: queries.noQuery,
    response: { 200: replies.appsReply },
  })
  api.get('/v1/apps', { schema }, ({ grant }) => listApps(reads, grant!.app))
}

/** Every other address that needs a read key. */
export async function routes(server: FastifyInstance, options: QueryApiOptions) {
  const { store, log, keys, control, clock = Date.now } = options
  const api = guarded(server, keys, ['read'])
  const reads = readsOf(store)
  serveCatalog(api, reads, control)
  const long = longReadsOf(store)
  serveSeries(api, reads, long, clock)
  serveEffects(api, reads, control, clock)
  const closing = closingOf(server)
  const studies = { reads, long, control, clock, takeTurn: turnsOf(MOST_LONG), closing }
  serveResults(api, studies)
  serveStudies(api, studies)
  serveUsers(api, studies)
  serveSql(api, store.analyst, closing)
  serveCanaries(api, { reads, control, clock }, closing)
  serveTail(api, log, closing)
}

function serveCatalog(api: Api, reads: Reads, control: ControlFollower): void {
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
