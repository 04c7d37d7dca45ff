import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'
import type { IngestOptions } from './options.js'
import { EventsRoute } from './route.js'

/** The fastify plugin: `server.register(ingest, options)` serves POST /v1/events. */
export async function ingest(server: FastifyInstance, options: IngestOptions): Promise<void> {
  // The prefix keeps the CORS preflight route off the addresses of the server's other plugins.
  await server.register(scope, { ...options, prefix: '/v1/events' })
}

async function scope(server: FastifyInstance, options: IngestOptions): Promise<void> {
  await server.register(cors, {
    origin: '*',
    methods: ['POST'],
    allowedHeaders: ['authorization', 'content-type', 'content-encoding'],
    exposedHeaders: ['retry-after'],
    maxAge: 86_400,
  })
  new EventsRoute(options).serve(server)
}
