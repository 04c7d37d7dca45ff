import type { ControlFollower } from '@assay/core/control/follower'
import { problemReply, toAssayError } from '@assay/core/http'
import type { KeyRing } from '@assay/core/key-ring'
import type { Log } from '@assay/core/log/log'
import type { Store } from '@assay/core/store/store'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { serializerCompiler } from 'fastify-type-provider-zod'
import { definitionRoutes } from './definitions.js'
import { metricRoutes } from './metrics.js'
import { type OtherPaths, serveDocument } from './openapi.js'
import { appsRoute, routes } from './routes.js'
import { validatorCompiler } from './validate.js'

export interface QueryApiOptions {
  store: Store
  log: Log
  keys: KeyRing
  control: ControlFollower
  clock?: () => number
  paths?: OtherPaths
}

/** The fastify plugin: `server.register(queryApi, options)`. */
export async function queryApi(server: FastifyInstance, options: QueryApiOptions): Promise<void> {
  server.setValidatorCompiler(validatorCompiler)
  server.setSerializerCompiler(serializerCompiler)
  server.setErrorHandler((error, request, reply) => {
    tell(request.log, error)
    const { status, headers, body } = problemReply(error)
    return reply.code(status).headers(headers).send(body)
  })
  serveDocument(server, options.paths ?? (async () => ({})))
  await server.register(appsRoute, options)
  await server.register(routes, options)
  await server.register(definitionRoutes, options)
  await server.register(metricRoutes, options)
}

/** The server's log hears of what the client cannot correct. Engine errors quote rows, so their head alone. */
function tell(log: FastifyBaseLogger, error: unknown): void {
  const known = toAssayError(error)
  if (known === null) log.error(error)
  else if (known.status >= 500) log.error({ cause: String(known.cause).slice(0, 200) }, known.message)
}
