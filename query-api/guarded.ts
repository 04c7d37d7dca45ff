import { type KeyKind, type Keys, requireKey } from '@assay/core/keys'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'

/** Bytes of a definition: the most branches and metrics with the longest names, and much targeting. */
export const BODY_LIMIT = 256 * 1024

/** Routes of definitions, for holders of these keys and the admin. */
export function guarded(server: FastifyInstance, keys: Keys, allowed: readonly KeyKind[]) {
  const check = requireKey(keys, allowed)
  server.addHook('onRequest', async (request, reply) => {
    check(request.headers, request.query)
    reply.header('cache-control', 'no-store')
  })
  return server.withTypeProvider<ZodTypeProvider>()
}

export type Api = ReturnType<typeof guarded>
