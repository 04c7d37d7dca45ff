import { type DoorOptions, requireKey } from '@assay/core/door'
import type { Grant, KeyRing } from '@assay/core/key-ring'
import type { KeyKind } from '@assay/core/keys'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'

/** Bytes of a definition: the most branches and metrics with the longest names, and much targeting. */
export const BODY_LIMIT = 256 * 1024

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the key the request came with, once that is known. */
    grant: Grant | undefined
  }
}

/** Routes for holders of these keys and of admin keys. */
export function guarded(
  server: FastifyInstance,
  keys: KeyRing,
  allowed: readonly KeyKind[],
  options: DoorOptions = {},
) {
  const check = requireKey(keys, allowed, options)
  server.decorateRequest('grant')
  server.addHook('onRequest', async (request, reply) => {
    request.grant = check(request)
    reply.header('cache-control', 'no-store')
  })
  return server.withTypeProvider<ZodTypeProvider>()
}

export type Api = ReturnType<typeof guarded>
