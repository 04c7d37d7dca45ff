import { Readable } from 'node:stream'
import type { Aggregator } from '@assay/aggregator/aggregator'
import type { Config } from '@assay/core/config/config'
import type { ControlFollower } from '@assay/core/control/follower'
import { requireKey } from '@assay/core/door'
import { AssayError } from '@assay/core/errors'
import { problemReply, toAssayError } from '@assay/core/http'
import type { KeyRing } from '@assay/core/key-ring'
import type { Log } from '@assay/core/log/log'
import type { Store } from '@assay/core/store/store'
import type { Counters } from '@assay/ingest/options'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { serveBackup } from './backup/routes.js'
import { serveHealth } from './health.js'
import type { Stage } from './stages.js'
import { stoppingOf } from './stopping.js'

export interface ServerParts {
  /** What this process does. */
  stages: readonly Stage[]
  log: Log
  /** Null where nothing of it is needed. */
  store: Store | null
  keys: KeyRing
  /** What tests were defined, and how to change that; null where nothing of it is needed. */
  control: ControlFollower | null
  /** Null where another process aggregates. */
  aggregator: Aggregator | null
  counters: Counters
  knownTests: Iterable<{ app: string; test: string }>
  config: Config
  logger: FastifyBaseLogger
}

/** One server for the stages of a process: ingest and query API as plugins, its health, and its operations. Loads no other. */
export async function buildServer(parts: ServerParts): Promise<FastifyInstance> {
  const { stages, log, store, keys, control, counters, knownTests, config, logger } = parts
  const server = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
    // Each plugin brings its own; fastify's take a fifth of a start to load.
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
    requestTimeout: 30_000,
    // Requests under way at a stop are finished, not refused.
    return503OnClosing: false,
    // The longest names, each byte percent-encoded.
    // An address given with a slash at its end is as good as one without.
    routerOptions: { maxParamLength: 1200, ignoreDuplicateSlashes: true },
    frameworkErrors: (error, _request, reply) => {
      const { status, headers, body } = problemReply(error)
      reply.raw.writeHead(status, headers).end(body)
    },
  })
  server.setErrorHandler((error, request, reply) => {
    if (toAssayError(error) === null) request.log.error(error)
    const { status, headers, body } = problemReply(error)
    return reply.code(status).headers(headers).send(body)
  })
  server.setNotFoundHandler((request) => {
    throw new AssayError(
      'route-not-found',
      `Nothing answers ${request.method} ${request.url.split('?')[0]!.slice(0, 100)}.`,
    )
  })
  const limits = {
    queueBytes: config.ASSAY_QUEUE_BYTES,
    eventsPerSecond: config.ASSAY_EVENTS_PER_SECOND,
    eventBurst: 2 * config.ASSAY_EVENTS_PER_SECOND,
  }
  const stopping = stoppingOf(server)
  closeWhen(stopping, server)
  if (stages.includes('ingest')) {
    const { definitions } = control!
    const { ingest } = await import('@assay/ingest/ingest')
    await server.register(ingest, { log, keys, definitions, limits, knownTests, counters })
  }
  if (stages.includes('query-api')) {
    const { queryApi } = await import('@assay/query-api/query-api')
    const paths = async () => (await import('@assay/ingest/openapi')).paths
    await server.register(queryApi, { store: store!, keys, control: control!, log, paths })
  }
  serveHealth(server, parts, stopping)
  serveOperations(server, parts)
  if (store !== null) serveBackup(server, parts, store)
  return server
}

function noCompiler(): never {
  throw new Error('Expected a route without a schema, or a plugin with compilers for it.')
}

function serveOperations(server: FastifyInstance, { keys, aggregator, counters }: ServerParts): void {
  const reader = requireKey(keys, ['read'])
  const admin = requireKey(keys, [])
  server.get('/v1/status', { schema: { hide: true } as object }, async (request) => {
    reader(request)
    const memory = { rss: process.memoryUsage.rss() }
    return { ingest: counters, aggregator: (await aggregator?.status()) ?? null, memory }
  })
  if (aggregator === null) return
  server.post('/v1/admin/replay', { schema: { hide: true } as object }, async (request, reply) => {
    admin(request)
    if ((await aggregator.status()).replay !== null) {
      throw new AssayError('replay-running', 'Expected no replay under way; one is.')
    }
    return reply.type('application/x-ndjson').send(replayStream(aggregator))
  })
}

/** A stop closes idle connections; one that was busy then would stay, idle, for as long as it is kept alive. */
function closeWhen(stopping: () => boolean, server: FastifyInstance): void {
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (stopping()) reply.header('connection', 'close')
    done()
  })
}

/** Progress as NDJSON, ending with phase `done`, or `failed` with the problem. */
function replayStream(aggregator: Aggregator): Readable {
  const stream = new Readable({ read() {} })
  const say = (line: object) => stream.push(`${JSON.stringify(line)}\n`)
  aggregator
    .replay(say)
    .then(() => say({ phase: 'done' }))
    .catch((error) => say({ phase: 'failed', problem: JSON.parse(problemReply(error).body) }))
    .finally(() => stream.push(null))
  return stream
}
