import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'
import { ConfigRoute } from './config.js'
import type { IngestOptions } from './options.js'
import { EventsRoute } from './route.js'

/** The fastify plugin: `server.register(ingest, options)` serves POST /v1/events and GET /v1/apps/:app/config. */
export async function ingest(server: FastifyInstance, options: IngestOptions): Promise<void> {
  // The prefixes keep the CORS preflight routes off the addresses of the server's other plugins.
  await server.register(events, { ...options, prefix: '/v1/events' })
  await server.register(config, { ...options, prefix: '/v1/apps/:app/config' })
}

const DAY = 86_400

async function events(server: FastifyInstance, options: IngestOptions): Promise<void> {
  const allowedHeaders = ['authorization', 'content-type', 'content-encoding']
  const headers = { allowedHeaders, exposedHeaders: ['retry-after'] }
  await server.register(cors, { origin: '*', methods: ['POST'], ...headers, maxAge: DAY })
  new EventsRoute(options).serve(server)
}

async function config(server: FastifyInstance, options: IngestOptions): Promise<void> {
  const allowedHeaders = ['authorization', 'if-none-match']
  const headers = { allowedHeaders, exposedHeaders: ['etag'] }
  await server.register(cors, { origin: '*', methods: ['GET'], ...headers, maxAge: DAY })
  new ConfigRoute(options).serve(server)
}
