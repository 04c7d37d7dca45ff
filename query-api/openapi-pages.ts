import type { OutgoingHttpHeaders } from 'node:http'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fastify, { type InjectOptions, type RouteOptions } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject, serializerCompiler } from 'fastify-type-provider-zod'
import { validatorCompiler } from './validate.js'

const info = {
  title: 'Assay',
  version: '0.1.0',
  description: 'Events in, verdicts out. Errors are problem+json (RFC 9457) with a code of the catalogue.',
}

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer' },
  query: { type: 'apiKey', in: 'query', name: 'key', description: 'For clients that cannot set headers.' },
  basic: { type: 'http', scheme: 'basic', description: 'For Segment’s clients: the write key as user, no password.' },
} as const

export interface Pages {
  document: () => object
  /** Null where there is no such page. */
  answer: (request: InjectOptions) => Promise<{ status: number; headers: OutgoingHttpHeaders; body: Buffer } | null>
}

/** Of these routes and of `paths`. They are on a server of their own that never listens: another takes no routes any more. */
export async function openPages(described: readonly RouteOptions[], paths: Record<string, object>): Promise<Pages> {
  const server = fastify({ exposeHeadRoutes: false })
  server.setValidatorCompiler(validatorCompiler)
  server.setSerializerCompiler(serializerCompiler)
  const whole = (own: object) => ({ ...own, paths: { ...paths, ...(own as { paths?: object }).paths } })
  await server.register(swagger, {
    openapi: { openapi: '3.1.0', info, components: { securitySchemes }, security: [{ bearer: [] }, { query: [] }] },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  })
  await server.register(swaggerUi, {
    routePrefix: '/v1/docs',
    transformSpecification: (document) => whole(document),
    theme: { title: 'Assay API', css: [{ filename: 'assay.css', content: '.swagger-ui .topbar { display: none }' }] },
  })
  const asked = described.filter(({ method }) => method !== 'HEAD')
  for (const { method, url, schema } of asked) server.route({ method, url, schema: schema!, handler: () => null })
  await server.ready()
  return {
    document: () => whole(server.swagger()),
    async answer(request) {
      const { statusCode: status, headers, rawPayload: body } = await server.inject(request)
      return status === 404 ? null : { status, headers: endToEnd(headers), body }
    },
  }
}

/** Without those of the connection, which is another one. */
function endToEnd(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const { connection: _, date: __, 'transfer-encoding': ___, ...rest } = headers
  return rest
}
