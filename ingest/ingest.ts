import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'
import { ConfigRoute } from './config.js'
import { type Format, ours } from './formats/format.js'
import { calls, segment } from './formats/segment-request.js'
import type { IngestOptions } from './options.js'
import { EventsRoute } from './route.js'

/** The fastify plugin: `server.register(ingest, options)` serves events in all formats, and GET /v1/apps/:app/config. */
export async function ingest(server: FastifyInstance, options: IngestOptions): Promise<void> {
  const route = new EventsRoute(options)
  // The prefixes keep the CORS preflight routes off the addresses of the server's other plugins.
  await server.register(events, { route, format: ours, prefix: '/v1/events' })
  for (const call of calls) {
    const format = segment(call)
    await server.register(events, { route, format, prefix: `/v1/${call}` })
    await server.register(events, { route, format, preflight: false, prefix: `/v1/${call[0]}` })
  }
  await server.register(config, { ...options, prefix: '/v1/apps/:app/config' })
}

const DAY = 86_400

interface EventsOptions {
  route: EventsRoute
  format: Format
  /** Off where the preflight's address would take in those of others, as `/v1/a*`. */
  preflight?: boolean
}

async function events(server: FastifyInstance, { route, format, preflight = true }: EventsOptions): Promise<void> {
  const allowedHeaders = ['authorization', 'content-type', 'content-encoding']
  const headers = { allowedHeaders, exposedHeaders: ['retry-after'] }
  await server.register(cors, { origin: '*', methods: ['POST'], ...headers, maxAge: DAY, preflight })
  route.serve(server, format)
}

async function config(server: FastifyInstance, options: IngestOptions): Promise<void> {
  const allowedHeaders = ['authorization', 'if-none-match']
  const headers = { allowedHeaders, exposedHeaders: ['etag'] }
  await server.register(cors, { origin: '*', methods: ['GET'], ...headers, maxAge: DAY })
  new ConfigRoute(options).serve(server)
}
