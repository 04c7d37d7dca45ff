import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'

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

/** The OpenAPI document of this API and of `paths`, which other plugins of the server answer, and a page to read it on. */
export async function serveDocument(server: FastifyInstance, paths: Record<string, object>): Promise<void> {
  await server.register(swagger, {
    openapi: { openapi: '3.1.0', info, components: { securitySchemes }, security: [{ bearer: [] }, { query: [] }] },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  })
  const whole = (own: object) => ({ ...own, paths: { ...paths, ...(own as { paths?: object }).paths } })
  await server.register(swaggerUi, {
    routePrefix: '/v1/docs',
    transformSpecification: (document) => whole(document),
    theme: { title: 'Assay API', css: [{ filename: 'assay.css', content: '.swagger-ui .topbar { display: none }' }] },
  })
  server.get('/v1/openapi.json', { schema: { hide: true } }, () => whole(server.swagger()))
}
