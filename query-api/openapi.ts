import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { Pages } from './openapi-pages.js'

/** OpenAPI paths that other plugins of the server answer. */
export type OtherPaths = () => Promise<Record<string, object>>

/**
 * The OpenAPI document of this API and of other plugins', and a page to read it on. What makes them takes a sixth of a
 * start to load and most servers are never asked: so they are made at the first request.
 */
export function serveDocument(server: FastifyInstance, others: OtherPaths): void {
  const described: RouteOptions[] = []
  let made: Promise<Pages> | undefined
  const pages = () => {
    made ??= import('./openapi-pages.js').then(async ({ openPages }) => openPages(described, await others()))
    return made
  }
  const schema = { hide: true } as object
  server.get('/v1/openapi.json', { schema }, async () => (await pages()).document())
  const page = async ({ method, url, headers }: FastifyRequest, reply: FastifyReply) => {
    const found = await (await pages()).answer({ method: method as 'GET' | 'HEAD', url, headers })
    return found === null ? reply.callNotFound() : reply.code(found.status).headers(found.headers).send(found.body)
  }
  for (const url of ['/v1/docs', '/v1/docs/*']) server.get(url, { schema }, page)
  server.addHook('onRoute', (route) => void described.push(route))
}
