import type { FastifyPluginCallback, FastifyRequest } from 'fastify'
import type { Client } from '../client.js'
import { give } from './give.js'
import { nodeFacts, visitBy } from './server.js'
import type { RequestVisitor, VisitOptions } from './visit.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The user, of whom it is asked which branch to show. */
    readonly assay: RequestVisitor
  }
}

/** What the plugin takes. */
export interface AssayOptions extends VisitOptions<FastifyRequest> {
  /** One for the whole process. */
  client: Client
}

const plugin: FastifyPluginCallback<AssayOptions> = (fastify, { client, ...options }, done) => {
  fastify.decorateRequest('assay')
  fastify.addHook('onRequest', (request, reply, next) => {
    give(request, client, request.raw, () => {
      const facts = nodeFacts(request.headers, request.originalUrl, request.protocol === 'https')
      return visitBy(client, request, reply.raw, options, facts)
    })
    next()
  })
  done()
}

/** A plugin that gives `request.assay` to the whole app. Behind a proxy that ends TLS, set Fastify's `trustProxy`. */
export const assay = Object.assign(plugin, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: '@assay/sdk',
})
