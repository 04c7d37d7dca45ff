import type { Request, RequestHandler } from 'express'
import type { Client } from '../client.js'
import { give } from './give.js'
import { nodeFacts, visitBy } from './server.js'
import type { RequestVisitor, VisitOptions } from './visit.js'

declare global {
  namespace Express {
    interface Request {
      /** The user, of whom it is asked which branch to show. */
      readonly assay: RequestVisitor
    }
  }
}

/** Middleware that gives `req.assay`. Behind a proxy that ends TLS, set Express's `trust proxy`. */
export function assay(client: Client, options: VisitOptions<Request> = {}): RequestHandler {
  return (request, response, next) => {
    // Mounted twice, the user is still one.
    if (!Object.hasOwn(request, 'assay'))
      give(request, client, request, () => {
        const facts = nodeFacts(request.headers, request.originalUrl, request.secure)
        return visitBy(client, request, response, options, facts)
      })
    next()
  }
}
